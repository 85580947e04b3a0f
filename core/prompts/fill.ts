import type {Tokenizer} from './tokenizer.ts';

const VARIABLE = /\{\{\s*([A-Za-z_][A-Za-z0-9_-]*)\s*\}\}/g;

/** Names that stand in `{{…}}`, in order, each once. */
export function templateVariables(template: string): string[] {
  return [...new Set([...template.matchAll(VARIABLE)].map((match) => match[1]!))];
}

/** One pass: what a field brings in is text, even if it looks like a variable. A variable without a field becomes ''. */
export function fillTemplate(template: string, fields: Readonly<Record<string, string>>): string {
  return template.replace(VARIABLE, (_, name: string) => (Object.hasOwn(fields, name) ? fields[name]! : ''));
}

/**
 * User text in which no control token's name is left: `<|im_start|>` becomes `< |im_start|>`. Engines find control tokens
 * by name in a prompt's text, so a mail must not be able to write one.
 */
export function disarm(text: string, tokenizer: Tokenizer): string {
  let safe = text;
  for (const name of tokenizer.controls)
    if (safe.includes(name)) safe = safe.replaceAll(name, `${name.slice(0, 1)} ${name.slice(1)}`);
  return safe;
}
