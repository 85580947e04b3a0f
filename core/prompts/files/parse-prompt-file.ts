import type {PromptArtifact} from '../../../schemas/prompt-file.ts';
import {PARTIAL_MARK, PROMPT_ENDING} from '../../../schemas/prompt-file/names.ts';
import type {FrontMatterReader} from '../../../schemas/prompt-file/read-front-matter.ts';
import type {FileProblem, ReadYaml} from '../../../schemas/prompt-file/read-yaml.ts';
import type {PromptFrontMatter} from '../../../schemas/prompt-file/front-matter.ts';
import {BOUNDS} from './bounds.ts';
import {compilePrompt, type CompileProblem} from './compile.ts';
import {toArtifact} from './front-matter.ts';
import {splitSections, type Section} from './sections.ts';

export interface PromptSource {
  /** `prompts/triage.prompt.md`: the prompt's name, and what problems name. */
  readonly file: string;
  /** Name → text of the partials beside it, `_NAME.prompt.md`; those that it does not render are not looked at. */
  readonly partials?: Readonly<Record<string, string>>;
  /** readFrontMatter of schemas/prompt-file: core knows no zod. */
  readonly readFrontMatter: FrontMatterReader;
}

export type ParsedPrompt =
  | {readonly ok: true; readonly artifact: PromptArtifact}
  | {readonly ok: false; readonly problems: readonly FileProblem[]};

/**
 * A prompt file → its artifact, or every problem in it, in the order of lines.
 *
 *     file         = [front matter] body
 *     front matter = "---" line, YAML (schemas/prompt-file/front-matter.ts), "---" line; it begins on the file's first line
 *     body         = messages (sections.ts), each a template (language.ts)
 *     partial      = a template alone, without front matter; its last line break is not part of it
 *
 * A byte order mark is skipped, and a line may end with CRLF. An input that no template uses is a problem, as is a variable that no
 * input declares; so is a partial that `partials` lists and nothing renders, or the other way round.
 */
export function parsePromptFile(text: string, source: PromptSource): ParsedPrompt {
  const {file} = source;
  const failed = (message: string, line = 1): ParsedPrompt => ({
    ok: false,
    problems: [{file, line, column: 1, message}],
  });
  const name = promptName(file);
  if (name === null)
    return failed(
      `expected a file NAME${PROMPT_ENDING}, NAME of at most 64 small letters, digits and dashes, got "${file}"`,
    );
  if (text.length > BOUNDS.fileChars)
    return failed(
      `expected at most ${BOUNDS.fileChars} characters, got ${text.length}: move parts of it into inputs`,
    );
  const lines = text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .split('\n');
  const end = endOfFrontMatter(lines);
  if (end === null) return failed('expected a line "---" that ends the front matter, got none');
  const yaml = lines.slice(1, Math.max(1, end)).join('\n');
  const read = source.readFrontMatter(end === 0 ? '' : yaml, {file, firstLine: 2});
  const firstLine = end === 0 ? 1 : end + 2;
  const body = lines.slice(firstLine - 1).join('\n');
  const {sections, problems} = splitSections(body, {file, firstLine});
  if (!read.ok || problems.length > 0)
    return {ok: false, problems: [...(read.ok ? [] : read.problems), ...problems]};
  return assembled(name, sections, read, source);
}

function assembled(
  name: string,
  sections: readonly Section[],
  {value: written, at}: Extract<ReadYaml<PromptFrontMatter>, {ok: true}>,
  {file, partials: beside = {}}: PromptSource,
): ParsedPrompt {
  const listed = written.partials;
  const texts = Object.entries(beside)
    .filter(([partial]) => listed === undefined || listed.includes(partial))
    .map(([partial, text]): [string, string] => [
      partial,
      text
        .replace(/^\uFEFF/, '')
        .replace(/\r\n?/g, '\n')
        .replace(/\n$/, ''),
    ]);
  const partials = Object.fromEntries(texts);
  const messages = sections.map(({role, template}) => ({role, template}));
  const prompt = {v: 1 as const, name, ...toArtifact(written), messages, partials};
  const compiled = compilePrompt(prompt);
  const problems = compiled.problems.map((problem) => inFile(problem, sections, file));
  for (const input of compiled.unusedInputs)
    problems.push({
      file,
      ...at(['inputs', input]),
      message: `inputs.${input}: expected {{ ${input} }} in a message, got none: use it, or remove the input`,
    });
  for (const [i, partial] of (listed ?? []).entries())
    if (!compiled.usedPartials.includes(partial))
      problems.push({
        file,
        ...at(['partials', i]),
        message: `partials[${i}]: expected {% render '${partial}' %} in a template, got none: use it, or remove it from the list`,
      });
  if (problems.length > 0)
    return {
      ok: false,
      problems: problems.sort((a, b) => Number(a.file !== file) - Number(b.file !== file) || a.line - b.line),
    };
  return {
    ok: true,
    artifact: {
      ...prompt,
      partials: Object.fromEntries(compiled.usedPartials.map((used) => [used, partials[used]!])),
    },
  };
}

/** `prompts/triage.prompt.md` → `triage`; null for any other name. */
export function promptName(file: string): string | null {
  const base = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
  if (!base.endsWith(PROMPT_ENDING) || base.startsWith(PARTIAL_MARK)) return null;
  const name = base.slice(0, -PROMPT_ENDING.length);
  return /^[a-z0-9][a-z0-9-]{0,63}$/.test(name) ? name : null;
}

/** `FILE:LINE:COLUMN: expected …, got …` */
export function promptProblemLine({file, line, column, message}: FileProblem): string {
  return `${file}:${line}:${column}: ${message}`;
}

/** The index of the line that ends the front matter; 0: there is none; null: nothing ends it. */
export function endOfFrontMatter(lines: readonly string[]): number | null {
  if (lines[0]?.trimEnd() !== '---') return 0;
  const end = lines.findIndex((line, at) => at > 0 && line.trimEnd() === '---');
  return end < 0 ? null : end;
}

function inFile(
  {message, partial, line, column, says}: CompileProblem,
  sections: readonly Section[],
  file: string,
): FileProblem {
  if (partial === undefined) return {file, line: sections[message]!.line + line - 1, column, message: says};
  const folder = file.slice(0, Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
  return {file: folder + partial, line, column, message: says};
}
