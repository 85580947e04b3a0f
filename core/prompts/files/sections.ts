import {PROMPT_ROLES, type PromptRole} from '../../../schemas/prompt-file/names.ts';
import type {FileProblem} from '../../../schemas/prompt-file/read-yaml.ts';

/** A message as its file says it. `line` is that of the template's first line, from 1. */
export interface Section {
  readonly role: PromptRole;
  readonly template: string;
  readonly line: number;
}

const HEADING = new RegExp(`^# (${PROMPT_ROLES.join('|')})[ \\t]*$`);
const ESCAPED = new RegExp(`^\\\\+# (?:${PROMPT_ROLES.join('|')})[ \\t]*$`);
/** CommonMark 0.31.2, 4.5: up to three spaces, three or more backticks or tildes; no backtick behind backticks. */
const FENCE = /^ {0,3}(?:(`{3,})[^`]*|(~{3,}).*)$/;

/**
 * The messages of a prompt file's body, whose first line is line `firstLine` of the file.
 *
 * - A section begins with a heading that is exactly `# system`, `# user` or `# assistant` (blanks may follow), at the start of a
 *   line that is in no fenced code block. Other headings are text.
 * - With no such heading the whole body is one user message. Before the first one there may be blank lines alone.
 * - A template is the lines of its section without the blank ones at its start and its end; the rest stays as it is.
 * - `\# user` is the text `# user`; of more backslashes one is taken, too. Within a fenced block nothing is taken.
 * - A code fence ends with its section at the latest, so one that no line closes must not hide a heading.
 * - At most one system message, and it comes first; at least one user message; none is empty.
 *
 * Sections are found before templates are parsed, so a tag cannot span two of them, and nothing that a template writes is ever
 * read as a heading.
 */
export function splitSections(
  body: string,
  {file, firstLine}: {readonly file: string; readonly firstLine: number},
): {readonly sections: readonly Section[]; readonly problems: readonly FileProblem[]} {
  const lines = body.split('\n');
  const fenced = fences(lines);
  const headings = lines.flatMap((line, at) => {
    const role = fenced.inside[at] ? undefined : HEADING.exec(line)?.[1];
    return role === undefined ? [] : [{role: role as PromptRole, at}];
  });
  const problems: FileProblem[] = [];
  const problem = (at: number, message: string) =>
    problems.push({file, line: firstLine + at, column: 1, message});
  const hidden =
    fenced.open === null ? -1 : lines.findIndex((line, at) => at > fenced.open! && HEADING.test(line));
  if (hidden >= 0)
    problem(
      fenced.open!,
      `expected a line that closes this code fence, got none: "${lines[hidden]!.trim()}" in line ${firstLine + hidden} would be text of the block`,
    );
  const first = headings[0]?.at ?? 0;
  const before = lines.slice(0, first).findIndex((line) => line.trim() !== '');
  if (before >= 0)
    problem(
      before,
      `expected no text before the first heading, got ${quoted(lines[before]!)}: give it a heading of its own`,
    );
  const starts = headings.length > 0 ? headings : [{role: 'user' as const, at: -1}];
  const sections = starts.map(({role, at}, i) =>
    sectionOf({role, from: at + 1, to: starts[i + 1]?.at ?? lines.length}, lines, fenced.inside, firstLine),
  );
  for (const [i, {role, template}] of sections.entries()) {
    const at = Math.max(0, starts[i]!.at);
    if (template === '')
      problem(at, `expected text in the ${role} message, got none: write it, or remove its heading`);
    if (role === 'system' && i > 0)
      problem(
        at,
        'expected at most one system message, before all others, got another one: move it to the top',
      );
  }
  if (sections.every(({role}) => role !== 'user'))
    problem(Math.max(0, starts[0]!.at), 'expected a user message, got none: add the heading "# user"');
  return {sections, problems};
}

function sectionOf(
  {role, from, to}: {readonly role: PromptRole; readonly from: number; readonly to: number},
  lines: readonly string[],
  inside: readonly boolean[],
  firstLine: number,
): Section {
  let [start, end] = [from, to];
  while (start < end && lines[start]!.trim() === '') start++;
  while (end > start && lines[end - 1]!.trim() === '') end--;
  const template = lines
    .slice(start, end)
    .map((line, i) => (!inside[start + i] && ESCAPED.test(line) ? line.slice(1) : line))
    .join('\n');
  return {role, template, line: firstLine + start};
}

/** The lines of a section that hold this template: the inverse of reading it. */
export function sectionText(template: string): string {
  const lines = template.split('\n');
  const {inside} = fences(lines);
  return lines
    .map((line, at) => (!inside[at] && (HEADING.test(line) || ESCAPED.test(line)) ? `\\${line}` : line))
    .join('\n');
}

/** Which lines are of a fenced code block, and the line that opens one that nothing closes. */
function fences(lines: readonly string[]): {
  readonly inside: readonly boolean[];
  readonly open: number | null;
} {
  let fence: string | null = null;
  let open: number | null = null;
  const inside = lines.map((line, at) => {
    if (fence === null) {
      const match = FENCE.exec(line);
      if (match === null) return false;
      fence = (match[1] ?? match[2])!;
      open = at;
      return true;
    }
    const closing = /^ {0,3}(`+|~+)[ \t]*$/.exec(line)?.[1];
    if (closing?.[0] === fence[0] && closing!.length >= fence.length) fence = open = null;
    return true;
  });
  return {inside, open};
}

function quoted(line: string): string {
  return JSON.stringify(line.length > 60 ? `${line.slice(0, 59)}…` : line);
}
