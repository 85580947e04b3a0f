import {parquetMetadataAsync, parquetReadObjects, parquetSchema, toJson, type AsyncBuffer} from 'hyparquet';
import {compressors} from 'hyparquet-compressors';
import {RatchetError} from '../../schemas/errors.ts';
import {whole, type Entry, type FormatReader, type Position} from './entry.ts';
import type {SourcePlace} from './place.ts';

/**
 * Parquet files; a record's position is its row. A row group is decoded once, and only the columns that are looked at: so much
 * memory is needed.
 */
export const parquet: FormatReader = {
  extensions: ['.parquet'],
  async columns(place, file) {
    const {metadata} = await opened(place, file);
    return columnsOf(metadata);
  },
  async *read(place, file, wanted) {
    yield* rows(place, file, wanted);
  },
  async *reread(place, file, positions, wanted) {
    yield* rows(place, file, wanted, positions);
  },
};

type Metadata = Awaited<ReturnType<typeof parquetMetadataAsync>>;

function columnsOf(metadata: Metadata): string[] {
  return parquetSchema(metadata).children.map((child) => child.element.name);
}

async function opened(place: SourcePlace, file: string): Promise<{buffer: AsyncBuffer; metadata: Metadata}> {
  const byteLength = await place.size(file);
  const buffer: AsyncBuffer = {
    byteLength,
    slice: async (from, to = byteLength) => {
      // A negative start counts from the end, as in an array's slice.
      const bytes = await whole(place.stream(file, from < 0 ? byteLength + from : from, to));
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    },
  };
  return {buffer, metadata: await readable(place, file, () => parquetMetadataAsync(buffer))};
}

async function* rows(
  place: SourcePlace,
  file: string,
  wanted: readonly string[],
  positions?: readonly Position[],
): AsyncGenerator<Entry, void, undefined> {
  const {buffer, metadata} = await opened(place, file);
  const columns = columnsOf(metadata).filter((column) => wanted.includes(column));
  let end = 0;
  for (const group of metadata.row_groups) {
    const start = end;
    end += Number(group.num_rows);
    const asked = positions?.filter(({offset}) => offset >= start && offset < end);
    if (asked?.length === 0) continue;
    const rowStart = asked?.[0]?.offset ?? start;
    const rowEnd = (asked?.at(-1)?.offset ?? end - 1) + 1;
    if (rowStart === rowEnd) continue;
    const decoded = await readable(place, file, () =>
      parquetReadObjects({
        file: buffer,
        metadata,
        compressors,
        columns,
        rowStart,
        rowEnd,
        // Pages of other rows are left out where the file says which these are.
        useOffsetIndex: true,
        // What is not annotated as text is not known to be one: mails come in many encodings.
        utf8: false,
      }),
    );
    for (const [i, row] of decoded.entries()) {
      const offset = rowStart + i;
      const value = plain(row) as Record<string, unknown>;
      yield {line: offset + 1, offset, length: 1, status: 'read', value, bytes: hashed(value)};
    }
  }
}

/** Dates as texts; integers as numbers, or as texts where a number cannot hold them, so that ids stay exact; bytes as they are. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value === undefined || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Object) || value instanceof Date) return toJson(value);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}

function hashed(value: Readonly<Record<string, unknown>>): Buffer {
  const withText = (_key: string, item: unknown): unknown =>
    item instanceof Uint8Array ? Buffer.from(item).toString('base64') : item;
  return Buffer.from(JSON.stringify(value, withText));
}

async function readable<T>(place: SourcePlace, file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof RatchetError) throw cause;
    throw new RatchetError(
      'InvalidInput',
      `${file} of ${place.uri} cannot be read as Parquet: ${(cause as Error).message}`,
      {cause},
    );
  }
}
