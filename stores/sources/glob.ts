/** A path with `*` (within a folder), `**` (over folders) and `**\/` (any folders, also none) → what it matches, and the folder it looks in. */
export interface Glob {
  /** Up to the last `/` before the first `*`, without that slash; '' where there is none. */
  readonly folder: string;
  matches(path: string): boolean;
  /** False for the name of a single file. */
  readonly wild: boolean;
}

/** @example glob('data/*.txt').matches('data/a.txt') // true */
export function glob(pattern: string): Glob {
  const star = pattern.indexOf('*');
  const wild = star !== -1;
  const fixed = wild ? pattern.slice(0, star) : pattern;
  const folder = fixed.slice(0, Math.max(0, fixed.lastIndexOf('/')));
  const source = pattern
    .split(/((?<=^|\/)\*\*\/|\*\*|\*)/)
    .map((part, i) => {
      if (i % 2 === 0) return part.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
      return part === '*' ? '[^/]*' : part === '**' ? '.*' : '(?:.*/)?';
    })
    .join('');
  const regex = new RegExp(`^${source}$`, 's');
  return {folder, wild, matches: (path) => regex.test(path)};
}
