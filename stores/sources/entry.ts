import type {SourcePlace} from './place.ts';

/** Where a record is in its file: bytes of a line, or a row's number. */
export interface Position {
  /** Line or row, from 1; 1 for a file that is one record. */
  readonly line: number;
  readonly offset: number;
  readonly length: number;
}

/** A record as it stands in a file. `bytes` is what its hash is over. */
export type Entry = Position &
  (
    | {
        readonly status: 'read';
        readonly value: Uint8Array | Readonly<Record<string, unknown>>;
        readonly bytes: Uint8Array;
      }
    | {readonly status: 'malformed'; readonly reason: string; readonly bytes: Uint8Array}
  );

/**
 * One file format. Entries come in the order of the file. `wanted` are the columns that are looked at: a format that holds
 * columns apart gives only these.
 */
export interface FormatReader {
  /** How names of such files end, by which `ratchet init` knows a table's format; none for what is no table. */
  readonly extensions: readonly string[];
  /** Names of a file's columns, where the format has them before the records. */
  columns?(place: SourcePlace, file: string): Promise<readonly string[]>;
  read(place: SourcePlace, file: string, wanted: readonly string[]): AsyncIterable<Entry>;
  /** The entries at these positions, which come in the order of the file, and perhaps some between them. */
  reread(
    place: SourcePlace,
    file: string,
    positions: readonly Position[],
    wanted: readonly string[],
  ): AsyncIterable<Entry>;
}

export async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}
