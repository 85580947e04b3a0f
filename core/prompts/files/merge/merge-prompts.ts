import {ErrorType, RatchetError} from '../../../../schemas/errors.ts';
import type {FileProblem} from '../../../../schemas/prompt-file/read-yaml.ts';
import {endOfFrontMatter, parsePromptFile, type PromptSource} from '../parse-prompt-file.ts';
import {mergeKeys, type KeyConflict} from './merge-keys.ts';
import {mergeLines, type LineConflict} from './merge-lines.ts';

/** Why two edits of a prompt do not go together. */
export type MergeConflict =
  | ({readonly kind: 'key'} & KeyConflict)
  /** `line` is of the file that came out. */
  | ({readonly kind: 'lines'} & LineConflict)
  /** Both edits went in, and what came out is no prompt: one side uses an input that the other removed. */
  | ({readonly kind: 'result'} & FileProblem);

export type MergedPrompt =
  | {readonly status: 'merged'; readonly file: string}
  /** `file` has git's markers around what conflicts; none where only the result does. */
  | {readonly status: 'conflict'; readonly file: string; readonly conflicts: readonly MergeConflict[]};

/** More lines are not compared: it takes the square of their number where they repeat. */
const MOST_LINES = 5_000;

/**
 * What two edits make of a prompt file: the front matter key by key, so that two settings on one line do not conflict, the body
 * line by line. A file that came out without a conflict is a prompt, with the partials of `source`. Which side is ours changes the
 * order of keys and nothing else. Throws InvalidInput above 5,000 lines.
 */
export function mergePrompts(base: string, ours: string, theirs: string, source: PromptSource): MergedPrompt {
  const [was, our, their] = [base, ours, theirs].map((text) => parted(text, source.file)) as [
    Parts,
    Parts,
    Parts,
  ];
  const whole = base === ours || ours === theirs ? theirs : base === theirs ? ours : null;
  if (whole !== null) return checked(whole, source);
  const keys = mergeKeys(was.yaml, our.yaml, their.yaml);
  const matter: {yaml: string; conflicts: MergeConflict[]} =
    keys === null
      ? linesOfMatter(was.yaml, our.yaml, their.yaml)
      : {yaml: keys.yaml, conflicts: keys.conflicts.map((conflict) => ({kind: 'key', ...conflict}))};
  const body = mergeLines(was.body, our.body, their.body);
  const head = matter.yaml === '' ? '' : `---\n${matter.yaml.replace(/\n*$/, '\n')}---\n`;
  const file = head + body.text;
  const above = head.split('\n').length - 1;
  const conflicts = [
    ...matter.conflicts,
    ...body.conflicts.map((conflict): MergeConflict => ({
      kind: 'lines',
      ...conflict,
      line: conflict.line + above,
    })),
  ];
  return conflicts.length > 0 ? {status: 'conflict', file, conflicts} : checked(file, source);
}

function checked(file: string, source: PromptSource): MergedPrompt {
  const read = parsePromptFile(file, source);
  if (read.ok) return {status: 'merged', file};
  return {
    status: 'conflict',
    file,
    conflicts: read.problems.map((problem) => ({kind: 'result', ...problem})),
  };
}

/** Front matter that is no YAML, or has lists where maps belong, is text. */
function linesOfMatter(
  base: string,
  ours: string,
  theirs: string,
): {yaml: string; conflicts: MergeConflict[]} {
  const {text, conflicts} = mergeLines(base, ours, theirs);
  return {
    yaml: text,
    conflicts: conflicts.map((conflict) => ({kind: 'lines', ...conflict, line: conflict.line + 1})),
  };
}

interface Parts {
  /** '' where there is no front matter. */
  readonly yaml: string;
  readonly body: string;
}

function parted(text: string, file: string): Parts {
  const lines = text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .split('\n');
  if (lines.length > MOST_LINES)
    throw new RatchetError(
      ErrorType.InvalidInput,
      `${file}: expected at most ${MOST_LINES} lines to merge, got ${lines.length}: merge it by hand`,
    );
  const end = endOfFrontMatter(lines);
  if (end === null || end === 0) return {yaml: '', body: lines.join('\n')};
  return {
    yaml: lines
      .slice(1, end)
      .map((line) => `${line}\n`)
      .join(''),
    body: lines.slice(end + 1).join('\n'),
  };
}
