import type {Entry, FormatReader} from './entry.ts';
import {MAX_OBJECT, parseObject} from './json-object.ts';

const NEWLINE = 0x0a;

/** One JSON object a line, UTF-8. Empty lines do not count as records. Integers beyond 2^53 are texts, so that ids stay exact. */
export const jsonl: FormatReader = {
  extensions: ['.jsonl', '.ndjson'],
  read: (place, file) => entries(place.stream(file), 0, 1),
  async *reread(place, file, positions) {
    const first = positions[0]!;
    const last = positions.at(-1)!;
    yield* entries(place.stream(file, first.offset, last.offset + last.length), first.offset, first.line);
  },
};

async function* entries(
  chunks: AsyncIterable<Uint8Array>,
  from: number,
  fromLine: number,
): AsyncGenerator<Entry, void, undefined> {
  let pending: Uint8Array[] = [];
  let held = 0;
  let offset = from;
  let line = fromLine;
  const take = (rest: Uint8Array): Entry | null => {
    const bytes = pending.length === 0 ? rest : Buffer.concat([...pending, rest]);
    const position = {line, offset, length: held + rest.length};
    const entry = parseObject(bytes, position, 'a line');
    offset += held + rest.length + 1;
    line++;
    pending = [];
    held = 0;
    return entry;
  };
  for await (const chunk of chunks) {
    let at = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, at)) {
      const entry = take(chunk.subarray(at, end));
      if (entry) yield entry;
      at = end + 1;
    }
    const rest = chunk.subarray(at);
    // Of a line that is too long, its length is enough.
    if (held <= MAX_OBJECT) pending.push(rest);
    held += rest.length;
  }
  if (held > 0) {
    const entry = take(new Uint8Array());
    if (entry) yield entry;
  }
}
