/** The files that a source's uri names, wherever they are. */
export interface SourcePlace {
  /** The uri, for messages and provenance. */
  readonly uri: string;
  /** Names of the files, in code unit order; none if nothing matches. They mean the same on every worker. */
  files(): Promise<string[]>;
  size(file: string): Promise<number>;
  /** The whole file, or its first `most` bytes. */
  bytes(file: string, most: number): Promise<Uint8Array>;
  /** Bytes `from` (inclusive) to `to` (exclusive), as they come. */
  stream(file: string, from?: number, to?: number): AsyncIterable<Uint8Array>;
}
