import {existsSync} from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {RatchetError} from '../../schemas/errors.ts';
import type {Source} from '../../schemas/project.ts';
import {READERS} from '../../stores/sources/readers.ts';

export type TableFormat = Exclude<Source['format'], 'mail'>;

/** `.csv` → csv, as the readers of tables declare it. */
const FORMATS: ReadonlyMap<string, TableFormat> = new Map(
  Object.entries(READERS).flatMap(([format, {extensions}]) =>
    extensions.map((extension) => [extension, format as TableFormat]),
  ),
);

/**
 * What --from names, as a source of the ratchet.yaml in `folder`: relative to it, so that both can be moved or checked out
 * together; absolute where they share no folder. Throws InvalidInput for a file that is not there and for a format that is
 * not known by its name's end.
 */
export function sourceOf(from: string, folder: string): {readonly uri: string; readonly format: TableFormat} {
  const remote = /^(s3:\/\/|npm:|file:)/.test(from);
  const format = FORMATS.get(path.extname(from.split('?')[0]!).toLowerCase());
  const file = path.resolve(from);
  if (!remote && !from.includes('*') && !existsSync(file))
    throw new RatchetError(
      'InvalidInput',
      `--from: ${from} is not there: expected a file, seen from this folder`,
    );
  if (format === undefined)
    throw new RatchetError(
      'InvalidInput',
      `--from: ${from} ends in none of ${[...FORMATS.keys()].join(', ')}${hint(from)}`,
    );
  if (remote) return {uri: from, format};
  const relative = path.relative(folder, file);
  const together = !path.isAbsolute(relative) && !reachesRoot(relative, folder);
  return {uri: together ? `file:${relative.split(path.sep).join('/')}` : pathToFileURL(file).href, format};
}

/** The way leads over the root: what lies there is somewhere else on another machine. */
function reachesRoot(relative: string, folder: string): boolean {
  const up = relative.split(path.sep).filter((part) => part === '..').length;
  return up > 0 && up >= path.resolve(folder).split(path.sep).filter(Boolean).length;
}

function hint(from: string): string {
  if (/\.xlsx?$/i.test(from)) return ': save the sheet as "CSV UTF-8"';
  if (/\.(gz|zip|bz2|xz|zst)$/i.test(from)) return ': unpack it first';
  return '';
}
