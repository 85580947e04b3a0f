import {isUtf8} from 'node:buffer';
import {RatchetError} from '../../schemas/errors.ts';
import {canonicalJson} from '../../core/identity/canonical-json.ts';
import {countLines, nextLine, scanRecord, type Dialect, type Scan} from './csv-record.ts';
import {whole, type Entry, type FormatReader} from './entry.ts';
import type {SourcePlace} from './place.ts';

/** A record with more bytes is skipped as malformed rather than held. */
const MAX_RECORD = 32 * 2 ** 20;
/** A header line is looked for within so many bytes. */
const HEAD = 1 << 20;

/** Comma-, semicolon- or tab-separated values (RFC 4180) with a header line, UTF-8 with or without BOM. */
export const csv: FormatReader = {
  extensions: ['.csv', '.tsv'],
  columns: async (place, file) => (await header(place, file)).columns,
  async *read(place, file) {
    const {length, ...head} = await header(place, file);
    yield* entries(place.stream(file, length), {...head, offset: length, line: 1 + head.lines});
  },
  async *reread(place, file, positions) {
    const head = await header(place, file);
    const {offset, line} = positions[0]!;
    const last = positions.at(-1)!;
    yield* entries(place.stream(file, offset, last.offset + last.length), {...head, offset, line});
  },
};

interface Header extends Dialect {
  readonly columns: readonly string[];
  /** Bytes and lines before the first record. */
  readonly length: number;
  readonly lines: number;
}

async function header(place: SourcePlace, file: string): Promise<Header> {
  const unusable = (why: string): RatchetError =>
    new RatchetError('InvalidInput', `${file} of ${place.uri} ${why}`);
  const head = Buffer.from(await whole(place.stream(file, 0, HEAD)));
  if (head.length >= 2 && [0xfeff, 0xfffe].includes(head.readUInt16BE()))
    throw unusable(
      'is UTF-16, expected UTF-8: save it as "CSV UTF-8", or convert it with iconv -f UTF-16 -t UTF-8',
    );
  const start = head.subarray(0, 3).equals(BOM) ? BOM.length : 0;
  if (head.length === start)
    throw new RatchetError(
      'EmptySource',
      `${file} of ${place.uri} has no header line: expected the names of its columns`,
    );
  const dialect = dialectOf(head.toString('latin1', start));
  const scan = scanRecord(head, start, head.length < HEAD, dialect);
  if (scan.status === 'more') throw unusable(`has no end of its header line within ${HEAD >> 20} MB`);
  if (scan.status === 'open') throw unusable('has a quote in its header line that is not closed');
  if (!isUtf8(head.subarray(start, scan.next))) throw unusable(`has a header line that is ${NOT_UTF8}`);
  const columns = scan.fields;
  const twice = columns.find((column, i) => column !== '' && columns.indexOf(column) !== i);
  if (twice !== undefined) throw unusable(`has two columns "${twice}": rename one of them`);
  const lines = countLines(head.subarray(0, scan.next), dialect);
  return {...dialect, columns, length: scan.next, lines};
}

/** What a person does about it; spreadsheets and older exports write Windows' encoding. */
const NOT_UTF8 = 'not UTF-8: save the file as "CSV UTF-8", or convert it with iconv -f WINDOWS-1252 -t UTF-8';

const BOM = Buffer.from('\ufeff');

/** By what stands outside quotes in the first line. */
function dialectOf(head: string): Dialect {
  const unquoted = head.replace(/(^|[,;\t|\r\n])"(?:[^"]|"")*"/g, '$1');
  const [line] = unquoted.split(/[\r\n]/, 1);
  const often = (delimiter: string): number => line!.split(delimiter).length;
  const delimiter = [',', ';', '\t', '|'].sort((a, b) => often(b) - often(a))[0]!;
  return {delimiter: delimiter.charCodeAt(0), cr: /[\r\n]\n?/.exec(unquoted)?.[0] === '\r'};
}

interface Start extends Dialect {
  readonly columns: readonly string[];
  /** Of the first byte in the file. */
  readonly offset: number;
  readonly line: number;
}

/** Behind a quote that is not closed reading goes on with the next line, so that it costs one record and not all that follow. */
async function* entries(
  chunks: AsyncIterable<Uint8Array>,
  {columns, offset, line, ...dialect}: Start,
): AsyncGenerator<Entry, void, undefined> {
  let held: Buffer = Buffer.alloc(0);
  /** Bytes that were let go of a line which is too long. */
  let dropped = 0;
  /** So many bytes are held before the next look, so that a long record is not looked at again with every chunk. */
  let enough = 0;
  const take = (length: number): {line: number; offset: number; length: number; bytes: Buffer} => {
    const bytes = held.subarray(0, length);
    const position = {line, offset, length: dropped + length, bytes};
    held = held.subarray(length);
    offset += position.length;
    line += countLines(bytes, dialect);
    dropped = 0;
    return position;
  };
  for await (const {chunk, last} of withLast(chunks)) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    if (held.length < enough && !last) continue;
    enough = 0;
    while (held.length > 0) {
      const scan: Scan = dropped > 0 ? {status: 'open'} : scanRecord(held, 0, last, dialect);
      if (scan.status === 'record' && scan.next <= MAX_RECORD) {
        const entry = entryOf(take(scan.next), scan.fields, columns);
        if (entry) yield entry;
        continue;
      }
      if (scan.status === 'more' && held.length <= MAX_RECORD) {
        enough = Math.min(2 * held.length, MAX_RECORD + 1);
        break;
      }
      const next = nextLine(held, 0, dialect);
      if (next === -1 && !last) {
        dropped += held.length;
        held = held.subarray(held.length);
        break;
      }
      const length = next === -1 ? held.length : next;
      const reason =
        dropped + length > MAX_RECORD
          ? `a line of more than ${MAX_RECORD / 2 ** 20} MB`
          : 'a quote is not closed';
      yield {...take(length), status: 'malformed', reason};
    }
  }
}

function entryOf(
  record: {line: number; offset: number; length: number; bytes: Buffer},
  fields: readonly string[],
  columns: readonly string[],
): Entry | null {
  if (fields.length === 1 && fields[0] === '') return null;
  if (!isUtf8(record.bytes)) return {...record, status: 'malformed', reason: NOT_UTF8};
  const bytes = Buffer.from(canonicalJson(fields));
  if (fields.length !== columns.length) {
    const reason = `${fields.length} columns, the header has ${columns.length}`;
    return {...record, status: 'malformed', reason, bytes};
  }
  const value = Object.fromEntries(columns.map((column, i) => [column, fields[i]]));
  return {...record, status: 'read', value, bytes};
}

/** The chunks, and an empty one at the end that says so. */
async function* withLast(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<{chunk: Buffer; last: boolean}, void, undefined> {
  for await (const {buffer, byteOffset, length} of chunks)
    yield {chunk: Buffer.from(buffer, byteOffset, length), last: false};
  yield {chunk: Buffer.alloc(0), last: true};
}
