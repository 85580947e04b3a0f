import {structuredPatch} from 'diff';

/** A line of a text as it was or is: `-` only before, `+` only after, ` ` in both; `…` stands for lines that are left out. */
export interface DiffLine {
  readonly sign: '-' | '+' | ' ' | '…';
  readonly text: string;
}

/** Texts that differ in more lines are shown whole: the search takes time by the square of the differences. */
const MOST_EDITS = 2000;

/**
 * The lines in which two texts differ, in order, with `context` lines (3) around each. No lines where they are the same. Myers
 * 1986, by the package diff. A last line that ends differs from one that does not only where nothing else does.
 */
export function lineDiff(before: string, after: string, {context = 3} = {}): DiffLine[] {
  if (before === after) return [];
  const [was, is] = [ended(before), ended(after)];
  if (was === is)
    return [
      {sign: '-', text: `(the last line ends ${before.endsWith('\n') ? 'with' : 'without'} a line break)`},
      {sign: '+', text: `(the last line ends ${after.endsWith('\n') ? 'with' : 'without'} a line break)`},
    ];
  const patch = structuredPatch('', '', was, is, '', '', {context, maxEditLength: MOST_EDITS});
  if (patch === undefined) return [...signed('-', was), ...signed('+', is)];
  let at = 1;
  const lines = patch.hunks.flatMap(({oldStart, oldLines, lines}): DiffLine[] => {
    const gap = oldStart > at ? [{sign: '…' as const, text: ''}] : [];
    at = oldStart + oldLines;
    return [...gap, ...lines.map((line) => ({sign: line[0] as DiffLine['sign'], text: line.slice(1)}))];
  });
  return at <= linesOf(was).length ? [...lines, {sign: '…', text: ''}] : lines;
}

function signed(sign: '-' | '+', text: string): DiffLine[] {
  return linesOf(text).map((line) => ({sign, text: line}));
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

/** Of a text that ends with a line break, or is empty. */
function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1);
}
