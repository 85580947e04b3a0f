import type {Site} from './sites.ts';

/** A mutant that no test can kill, or need not, and why. */
export interface Allowed {
  readonly file: string;
  /** The line as it is in the file, without its indentation, and as the mutant has it. */
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

export const ALLOWED: readonly Allowed[] = [
  {
    file: 'stores/audit/audit.ts',
    from: 'await backOff(Math.min(attempt, 5));',
    to: 'await backOff(Math.min(attempt, 6));',
    reason: 'the longest pause between attempts: no outcome depends on it',
  },
];

/** Why this mutant is allowed to survive; undefined: it is not. */
export function reasonOf(file: string, from: string, to: string): string | undefined {
  return ALLOWED.find((one) => one.file === file && one.from === from && one.to === to)?.reason;
}

/** The line of a site before and after, without indentation. A site of more than a line: its first. */
export function lineOf(text: string, site: Site): {readonly from: string; readonly to: string} {
  const start = text.lastIndexOf('\n', site.start - 1) + 1;
  const end = text.indexOf('\n', site.end);
  const rest = text.slice(site.end, end === -1 ? undefined : end);
  return {
    from: (text.slice(start, site.end) + rest).trim(),
    to: (text.slice(start, site.start) + site.replacement + rest).trim(),
  };
}
