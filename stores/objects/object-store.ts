import type {Readable} from 'node:stream';

/** What an object held when it was read, and the tag a conditional put needs to replace just that. */
export interface StoredObject {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

export interface ObjectHead {
  readonly key: string;
  readonly bytes: number;
  readonly modified: Date;
}

/** `ifNoneMatch`: only if the key is free. `ifMatch`: only if the object still is the one that was read. */
export type PutCondition = {readonly ifNoneMatch: '*'} | {readonly ifMatch: string};

/** `refused`: the condition did not hold and nothing was written. A put without condition is never refused. */
export type PutResult = {readonly status: 'written'; readonly etag: string} | {readonly status: 'refused'};

/**
 * Where everything that lasts is kept: a folder of one machine (`file://`) or any S3 with conditional writes (`s3://`).
 *
 * Keys are `/`-separated names as checkKey() allows them; a key can't be another key's folder. An absent object is `null`,
 * never an error. Every write is atomic and durable when its promise resolves: readers see the old or the new object, whole.
 * Errors: InvalidInput (a key), AccessDenied, Unavailable (after bounded retries), DiskFull, StoreUnfit (probe only).
 */
export interface ObjectStore {
  /** Without credentials; opens the same store again. */
  readonly url: string;

  get(key: string): Promise<StoredObject | null>;
  /** Bytes `start` (inclusive) to `end` (exclusive), fewer where the object ends before. */
  getRange(key: string, start: number, end: number): Promise<Uint8Array | null>;
  /**
   * Many small texts (UTF-8) at once, in the order of their keys, null for what is not there; without tags. Where a store has
   * it, it is much faster than as many gets.
   */
  getTexts?(keys: readonly string[]): Promise<(string | null)[]>;
  stream(key: string): Promise<Readable | null>;
  head(key: string): Promise<ObjectHead | null>;

  put(key: string, body: Uint8Array | string, condition?: PutCondition): Promise<PutResult>;
  /**
   * Stores a file of any size, in parts where it is large. With `sha256` (64 hex digits) a file that does not hash to it,
   * since it changed meanwhile, is refused with DigestMismatch and not stored.
   */
  putFile(key: string, path: string, expected?: {readonly sha256: string}): Promise<void>;

  /** Keys that start with `prefix` (which need not end at a `/`), in the order of their UTF-8 bytes, from behind `after`. */
  list(prefix: string, options?: {readonly after?: string}): AsyncIterable<string>;
  /** No error if there is nothing. */
  delete(key: string): Promise<void>;

  /** Proves that the store can be written and honours conditional writes. Throws StoreUnfit, AccessDenied or Unavailable. */
  probe(): Promise<void>;
}
