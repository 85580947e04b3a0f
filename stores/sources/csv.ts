import {Readable} from 'node:stream';
import {parse, type CsvError, type Info} from 'csv-parse';
import {RatchetError} from '../../schemas/errors.ts';
import {canonicalJson} from '../../core/identity/canonical-json.ts';
import type {Entry, FormatReader} from './entry.ts';
import type {SourcePlace} from './place.ts';

const MAX_RECORD = 32 * 2 ** 20;
/** A header line is looked for within so many bytes. */
const HEAD = 1 << 20;

/** Comma-, semicolon- or tab-separated values (RFC 4180) with a header line, UTF-8 with or without BOM. */
export const csv: FormatReader = {
  columns: async (place, file) => (await header(place, file)).columns,
  async *read(place, file) {
    const {columns, delimiter, bytes} = await header(place, file);
    yield* entries(place.stream(file, bytes), {columns, delimiter, from: bytes, fromLine: 2});
  },
  async *reread(place, file, positions) {
    const {columns, delimiter} = await header(place, file);
    const first = positions[0]!;
    const last = positions.at(-1)!;
    const stream = place.stream(file, first.offset, last.offset + last.length);
    yield* entries(stream, {columns, delimiter, from: first.offset, fromLine: first.line});
  },
};

interface Header {
  readonly columns: readonly string[];
  readonly delimiter: string;
  /** Where the first record starts. */
  readonly bytes: number;
}

async function header(place: SourcePlace, file: string): Promise<Header> {
  let text = '';
  for await (const chunk of place.stream(file, 0, HEAD)) {
    text += Buffer.from(chunk).toString('latin1');
    if (text.includes('\n')) break;
  }
  const first = text.split(/\r?\n/, 1)[0]!;
  const delimiter = [',', ';', '\t'].sort((a, b) => first.split(b).length - first.split(a).length)[0]!;
  for await (const {record, info} of records(place.stream(file, 0, HEAD), delimiter, {to: 1, bom: true}))
    return {columns: record, delimiter, bytes: info.bytes};
  throw new RatchetError(
    'EmptySource',
    `${file} of ${place.uri} has no header line: expected the names of its columns`,
  );
}

async function* entries(
  chunks: AsyncIterable<Uint8Array>,
  {
    columns,
    delimiter,
    from,
    fromLine,
  }: {columns: readonly string[]; delimiter: string; from: number; fromLine: number},
): AsyncGenerator<Entry, void, undefined> {
  let offset = from;
  let line = fromLine;
  try {
    for await (const {record, info} of records(chunks, delimiter, {bom: false})) {
      const position = {line, offset, length: from + info.bytes - offset};
      offset = from + info.bytes;
      line = fromLine + info.lines;
      if (record.length === 1 && record[0] === '') continue;
      const bytes = Buffer.from(canonicalJson(record));
      if (record.length === columns.length) {
        const value = Object.fromEntries(columns.map((column, i) => [column, record[i]]));
        yield {...position, status: 'read', value, bytes};
      } else {
        const reason = `${record.length} columns, the header has ${columns.length}`;
        yield {...position, status: 'malformed', reason, bytes};
      }
    }
  } catch (error) {
    const code = (error as CsvError).code;
    if (typeof code !== 'string' || !code.startsWith('CSV_')) throw error;
    // An open quote swallows the rest of the file: what came before stands.
    const reason =
      code === 'CSV_QUOTE_NOT_CLOSED'
        ? 'a quote is not closed'
        : code.slice(4).toLowerCase().replaceAll('_', ' ');
    yield {line, offset, length: 0, status: 'malformed', reason, bytes: Buffer.from(`${offset} ${reason}`)};
  }
}

interface CsvRecord {
  readonly record: string[];
  readonly info: Info;
}

async function* records(
  chunks: AsyncIterable<Uint8Array>,
  delimiter: string,
  {to = -1, bom}: {to?: number; bom: boolean},
): AsyncGenerator<CsvRecord, void, undefined> {
  const parser = parse({
    delimiter,
    bom,
    info: true,
    to,
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: MAX_RECORD,
  });
  const source = Readable.from(chunks);
  source.on('error', (error) => parser.destroy(error));
  yield* source.pipe(parser) as AsyncIterable<CsvRecord>;
}
