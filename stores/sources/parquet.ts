import {parquetMetadataAsync, parquetReadObjects, parquetSchema, toJson, type AsyncBuffer} from 'hyparquet';
import {compressors} from 'hyparquet-compressors';
import {RatchetError} from '../../schemas/errors.ts';
import {whole, type Entry, type FormatReader, type Position} from './entry.ts';
import type {SourcePlace} from './place.ts';

/** So many rows are decoded at once. */
const BATCH = 1000;

/** Parquet files; a record's position is its row. */
export const parquet: FormatReader = {
  async columns(place, file) {
    const {metadata} = await opened(place, file);
    return parquetSchema(metadata).children.map((child) => child.element.name);
  },
  async *read(place, file) {
    const {buffer, metadata} = await opened(place, file);
    const rows = Number(metadata.num_rows);
    for (let from = 0; from < rows; from += BATCH)
      yield* batch(buffer, metadata, from, Math.min(from + BATCH, rows), place, file);
  },
  async *reread(place, file, positions: readonly Position[]) {
    const {buffer, metadata} = await opened(place, file);
    const last = positions.at(-1)!.offset + 1;
    for (let from = positions[0]!.offset; from < last; from += BATCH)
      yield* batch(buffer, metadata, from, Math.min(from + BATCH, last), place, file);
  },
};

type Metadata = Awaited<ReturnType<typeof parquetMetadataAsync>>;

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
  try {
    return {buffer, metadata: await parquetMetadataAsync(buffer)};
  } catch (cause) {
    if (cause instanceof RatchetError) throw cause;
    throw unreadable(place, file, cause);
  }
}

async function* batch(
  file: AsyncBuffer,
  metadata: Metadata,
  rowStart: number,
  rowEnd: number,
  place: SourcePlace,
  name: string,
): AsyncGenerator<Entry, void, undefined> {
  let rows: Record<string, unknown>[];
  try {
    rows = await parquetReadObjects({file, metadata, rowStart, rowEnd, compressors});
  } catch (cause) {
    if (cause instanceof RatchetError) throw cause;
    throw unreadable(place, name, cause);
  }
  for (const [i, row] of rows.entries()) {
    const offset = rowStart + i;
    const value = toJson(row) as Record<string, unknown>;
    yield {
      line: offset + 1,
      offset,
      length: 1,
      status: 'read',
      value,
      bytes: Buffer.from(JSON.stringify(value)),
    };
  }
}

function unreadable(place: SourcePlace, file: string, cause: unknown): RatchetError {
  return new RatchetError(
    'InvalidInput',
    `${file} of ${place.uri} cannot be read as Parquet: ${(cause as Error).message}`,
    {
      cause,
    },
  );
}
