import {ErrorType, RatchetError} from '../schemas/errors.ts';

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
      return JSON.parse(line);
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
