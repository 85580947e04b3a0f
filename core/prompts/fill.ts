const VARIABLE = /\{\{\s*([A-Za-z_][A-Za-z0-9_-]*)\s*\}\}/g;

/** Names that stand in `{{…}}`, in order, each once. */
export function templateVariables(template: string): string[] {
  return [...new Set([...template.matchAll(VARIABLE)].map((match) => match[1]!))];
}

/** One pass: what a field brings in is text, even if it looks like a variable. A variable without a field becomes ''. */
export function fillTemplate(template: string, fields: Readonly<Record<string, string>>): string {
  return template.replace(VARIABLE, (_, name: string) => (Object.hasOwn(fields, name) ? fields[name]! : ''));
}
