import type {Readable} from 'node:stream';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {allows, type Right, type StoreProcess} from '../access/authorities.ts';
import type {ObjectHead, ObjectStore, PutCondition, PutResult, StoredObject} from './object-store.ts';

/**
 * A store as one kind of process may use it, by what `DOCUMENTS` declares: everything else is AccessDenied before the store is
 * asked, as it is where the process has credentials of its own. So that what is declared is what is needed.
 */
export class ScopedStore implements ObjectStore {
  readonly getTexts?: (keys: readonly string[]) => Promise<(string | null)[]>;
  readonly #store: ObjectStore;
  readonly #process: StoreProcess;

  constructor(store: ObjectStore, process: StoreProcess) {
    [this.#store, this.#process] = [store, process];
    if (store.getTexts !== undefined)
      this.getTexts = async (keys) => {
        for (const key of keys) this.#check('read', key);
        return store.getTexts!(keys);
      };
  }

  get url(): string {
    return this.#store.url;
  }

  async get(key: string): Promise<StoredObject | null> {
    return this.#for('read', key).get(key);
  }

  async getRange(key: string, start: number, end: number): Promise<Uint8Array | null> {
    return this.#for('read', key).getRange(key, start, end);
  }

  async stream(key: string): Promise<Readable | null> {
    return this.#for('read', key).stream(key);
  }

  async head(key: string): Promise<ObjectHead | null> {
    return this.#for('read', key).head(key);
  }

  async put(key: string, body: Uint8Array | string, condition?: PutCondition): Promise<PutResult> {
    return this.#for('write', key).put(key, body, condition);
  }

  async putFile(key: string, path: string, expected?: {readonly sha256: string}): Promise<void> {
    return this.#for('write', key).putFile(key, path, expected);
  }

  list(prefix: string, options?: {readonly after?: string}): AsyncIterable<string> {
    return this.#for('read', prefix).list(prefix, options);
  }

  async delete(key: string): Promise<void> {
    return this.#for('delete', key).delete(key);
  }

  probe(): Promise<void> {
    return this.#store.probe();
  }

  #for(right: Right, key: string): ObjectStore {
    this.#check(right, key);
    return this.#store;
  }

  #check(right: Right, key: string): void {
    if (allows(this.#process, right, key)) return;
    throw new RatchetError(
      ErrorType.AccessDenied,
      `a ${this.#process} process may not ${right} ${key} in ${this.url}: docs/security.md says which prefixes it needs`,
    );
  }
}
