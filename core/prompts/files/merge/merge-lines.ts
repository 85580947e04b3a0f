import {diff3Merge} from 'node-diff3';

/** Lines of which each side made something else. Null where a side has none. */
export interface LineConflict {
  /** The line of the merged text that its first marker is, from 1. */
  readonly line: number;
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
}

export interface MergedLines {
  /** With markers as git writes them where there are conflicts. */
  readonly text: string;
  readonly conflicts: readonly LineConflict[];
}

export const MARKERS = {ours: '<<<<<<< ours', between: '=======', theirs: '>>>>>>> theirs'} as const;

/**
 * What both sides made of a text, line by line: diff3 (Khanna, Kunal and Pierce 2007), by the package node-diff3. The same change
 * on both sides is no conflict; changes of lines that touch are one.
 */
export function mergeLines(base: string, ours: string, theirs: string): MergedLines {
  if (ours === theirs || base === theirs) return {text: ours, conflicts: []};
  if (base === ours) return {text: theirs, conflicts: []};
  const lines: string[] = [];
  const conflicts: LineConflict[] = [];
  for (const {ok, conflict} of diff3Merge(ours.split('\n'), base.split('\n'), theirs.split('\n'))) {
    if (ok) lines.push(...ok);
    if (!conflict) continue;
    const {a, o, b} = conflict as Record<'a' | 'o' | 'b', string[]>;
    const [was, our, their] = [o, a, b].map((side) => side.join('\n')) as [string, string, string];
    conflicts.push({line: lines.length + 1, base: was, ours: our, theirs: their});
    lines.push(MARKERS.ours, ...a, MARKERS.between, ...b, MARKERS.theirs);
  }
  return {text: lines.join('\n'), conflicts};
}
