import {access, constants, stat} from 'node:fs/promises';
import path from 'node:path';
import {RatchetError} from '../../schemas/errors.ts';

/** Throws InvalidInput unless a file can be written there: known before the work, not after it. */
export async function writableFile(file: string): Promise<void> {
  const folder = path.dirname(path.resolve(file));
  const refuse = (why: string) => new RatchetError('InvalidInput', `--json ${file}: ${why}`);
  const inside = await stat(folder).catch(() => undefined);
  if (!inside?.isDirectory()) throw refuse(`there is no folder ${folder}: make it, or name another file`);
  const there = await stat(file).catch(() => undefined);
  if (there?.isDirectory()) throw refuse('is a folder: expected the name of a file');
  const unwritable = await access(there ? file : folder, constants.W_OK).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code,
  );
  if (unwritable)
    throw refuse(`cannot be written (${unwritable}): check its permissions, or name another file`);
}
