import type {Readable} from 'node:stream';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import type {ObjectHead, ObjectStore, PutResult, StoredObject} from './object-store.ts';

/** A store for who only looks: every write and delete is AccessDenied before the store is asked. */
export class ReadOnlyStore implements ObjectStore {
  readonly getTexts?: (keys: readonly string[]) => Promise<(string | null)[]>;
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
    if (store.getTexts !== undefined) this.getTexts = (keys) => store.getTexts!(keys);
  }

  get url(): string {
    return this.#store.url;
  }

  get(key: string): Promise<StoredObject | null> {
    return this.#store.get(key);
  }

  getRange(key: string, start: number, end: number): Promise<Uint8Array | null> {
    return this.#store.getRange(key, start, end);
  }

  stream(key: string): Promise<Readable | null> {
    return this.#store.stream(key);
  }

  head(key: string): Promise<ObjectHead | null> {
    return this.#store.head(key);
  }

  list(prefix: string, options?: {readonly after?: string}): AsyncIterable<string> {
    return this.#store.list(prefix, options);
  }

  async put(key: string): Promise<PutResult> {
    throw this.#denied('write', key);
  }

  async putFile(key: string): Promise<void> {
    throw this.#denied('write', key);
  }

  async delete(key: string): Promise<void> {
    throw this.#denied('delete', key);
  }

  async probe(): Promise<void> {
    throw this.#denied('probe', 'the store');
  }

  #denied(what: string, key: string): RatchetError {
    return new RatchetError(
      ErrorType.AccessDenied,
      `this process only reads ${this.url}: it may not ${what} ${key}`,
    );
  }
}
