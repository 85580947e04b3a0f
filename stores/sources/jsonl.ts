import type {Entry, FormatReader} from './entry.ts';

/** A line with more bytes is skipped as malformed rather than held. */
const MAX_LINE = 32 * 2 ** 20;
const NEWLINE = 0x0a;

/** One JSON object a line, UTF-8. Empty lines do not count as records. Integers beyond 2^53 are texts, so that ids stay exact. */
export const jsonl: FormatReader = {
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
    const entry = parseLine(bytes, {line, offset, length: held + rest.length});
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
    if (held <= MAX_LINE) pending.push(rest);
    held += rest.length;
  }
  if (held > 0) {
    const entry = take(new Uint8Array());
    if (entry) yield entry;
  }
}

const LONG_INTEGER = /\d{16}/;

/** An integer that a number cannot hold, such as a 64-bit id, as the text it is written as. */
function exactInteger(_key: string, value: unknown, context?: {readonly source?: string}): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? '';
  return /^-?\d+$/.test(source) ? source : value;
}

const utf8 = new TextDecoder('utf-8', {fatal: true});

function parseLine(
  bytes: Uint8Array,
  position: {line: number; offset: number; length: number},
): Entry | null {
  const malformed = (reason: string): Entry => ({...position, status: 'malformed', reason, bytes});
  if (position.length > MAX_LINE) return malformed(`a line of more than ${MAX_LINE / 2 ** 20} MB`);
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return malformed('not UTF-8');
  }
  if (text.trim() === '') return null;
  let value: unknown;
  try {
    value = LONG_INTEGER.test(text) ? JSON.parse(text, exactInteger) : JSON.parse(text);
  } catch {
    return malformed('not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return malformed('not a JSON object');
  return {...position, status: 'read', value: value as Record<string, unknown>, bytes};
}
