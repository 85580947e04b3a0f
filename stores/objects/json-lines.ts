import {open} from 'node:fs/promises';
import {canonicalJson} from '../../core/identity/canonical-json.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {fileError} from './file-errors.ts';
import {parseJson} from './parse-json.ts';

/** JSON values of a stream of JSONL bytes; empty lines are skipped. Throws InvalidInput with the line's number. */
export async function* jsonLines(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  where: string,
): AsyncGenerator<unknown, void, undefined> {
  const decoder = new TextDecoder('utf-8', {fatal: true});
  let pending = '';
  let number = 0;
  const value = (line: string): unknown => {
    try {
      return parseJson(line);
    } catch (cause) {
      throw new RatchetError(ErrorType.InvalidInput, `${where} line ${number}: not JSON`, {cause});
    }
  };
  for await (const chunk of chunks) {
    const lines = (pending + decoder.decode(chunk, {stream: true})).split('\n');
    pending = lines.pop()!;
    for (const line of lines) {
      number += 1;
      if (line.trim() !== '') yield value(line);
    }
  }
  pending += decoder.decode();
  number += 1;
  if (pending.trim() !== '') yield value(pending);
}

const FLUSH_CHARS = 1 << 18;

/** One canonical JSON text a line into a new file; gives the number of lines. What `values` throws passes unchanged. */
export async function writeLines(
  path: string,
  values: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<number> {
  const file = await open(path, 'wx');
  let pending = '';
  const flush = async (): Promise<void> => {
    await file.writeFile(pending).catch((error: unknown) => {
      throw fileError(error, 'writing', path);
    });
    pending = '';
  };
  try {
    let lines = 0;
    for await (const value of values) {
      pending += `${canonicalJson(value)}\n`;
      lines += 1;
      if (pending.length > FLUSH_CHARS) await flush();
    }
    await flush();
    return lines;
  } finally {
    await file.close();
  }
}
