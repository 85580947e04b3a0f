import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {stat} from 'node:fs/promises';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {codeOf, fileError} from './file-errors.ts';

/** Bytes that are read at once. */
const CHUNK = 1 << 20;

/**
 * The bytes of a file that is to be stored. With `sha256` it fails at the file's end, before the last bytes are handed out,
 * if they hash to something else. Throws InvalidInput (no such file), AccessDenied, DigestMismatch.
 */
export async function* sourceFile(path: string, sha256?: string): AsyncGenerator<Buffer, void, undefined> {
  const hash = createHash('sha256');
  // Each read takes so much memory, however short the file: a megabyte each has the garbage collector mark everything anew
  // after some thirty small files.
  const highWaterMark = Math.min(CHUNK, Math.max(1 << 12, (await sourceSize(path)) + 1));
  let held: Buffer | null = null;
  try {
    for await (const chunk of createReadStream(path, {highWaterMark}) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      if (held !== null) yield held;
      held = chunk;
    }
  } catch (error) {
    throw codeOf(error) === 'ENOENT' ? missing(path, error) : fileError(error, 'reading', path);
  }
  const got = hash.digest('hex');
  if (sha256 !== undefined && got !== sha256)
    throw new RatchetError(
      ErrorType.DigestMismatch,
      `${path} hashes to ${got}, expected ${sha256}: it changed while it was stored; run again`,
    );
  if (held !== null) yield held;
}

export async function sourceSize(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    throw codeOf(error) === 'ENOENT' ? missing(path, error) : fileError(error, 'reading', path);
  }
}

function missing(path: string, cause: unknown): RatchetError {
  return new RatchetError(ErrorType.InvalidInput, `${path} does not exist: nothing to store`, {cause});
}
