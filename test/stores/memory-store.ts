import {Readable} from 'node:stream';
import type {
  ObjectHead,
  ObjectStore,
  PutCondition,
  PutResult,
  StoredObject,
} from '../../stores/objects/object-store.ts';

/** Awaited right before an operation takes effect, and right before its answer is given. */
export type Gate = (what: 'get' | 'put', key: string, when: 'before' | 'after') => Promise<void> | undefined;

type Objects = Map<string, StoredObject>;

/** An object store in this process, for tests that decide when each of its reads and writes takes effect. */
export class MemoryStore implements ObjectStore {
  readonly url = 'memory:///';
  /** The same for all that look at them through a gate. */
  readonly objects: Objects;
  readonly #gate: Gate | undefined;

  constructor(objects: Objects = new Map(), gate?: Gate) {
    [this.objects, this.#gate] = [objects, gate];
  }

  /** The same objects, through a gate. */
  through(gate: Gate): MemoryStore {
    return new MemoryStore(this.objects, gate);
  }

  /** A store of its own that holds what this one holds now. */
  copy(): MemoryStore {
    return new MemoryStore(new Map(this.objects));
  }

  get(key: string): Promise<StoredObject | null> {
    return this.#gated('get', key, () => this.objects.get(key) ?? null);
  }

  put(key: string, body: Uint8Array | string, condition?: PutCondition): Promise<PutResult> {
    return this.#gated('put', key, (): PutResult => {
      const there = this.objects.get(key);
      if (condition && 'ifNoneMatch' in condition && there !== undefined) return {status: 'refused'};
      if (condition && 'ifMatch' in condition && there?.etag !== condition.ifMatch)
        return {status: 'refused'};
      const etag = `${Number(there?.etag ?? 0) + 1}`;
      this.objects.set(key, {bytes: typeof body === 'string' ? Buffer.from(body) : body, etag});
      return {status: 'written', etag};
    });
  }

  async getRange(key: string, start: number, end: number): Promise<Uint8Array | null> {
    return (await this.get(key))?.bytes.subarray(start, end) ?? null;
  }

  async stream(key: string): Promise<Readable | null> {
    const found = await this.get(key);
    return found && Readable.from([found.bytes], {objectMode: false});
  }

  async head(key: string): Promise<ObjectHead | null> {
    const found = await this.get(key);
    return found && {key, bytes: found.bytes.length, modified: new Date(0)};
  }

  putFile(): Promise<void> {
    return Promise.reject(new Error('files are not kept in memory'));
  }

  async *list(prefix: string, {after = ''}: {readonly after?: string} = {}): AsyncIterable<string> {
    yield* [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
  }

  delete(key: string): Promise<void> {
    this.objects.delete(key);
    return Promise.resolve();
  }

  probe(): Promise<void> {
    return Promise.resolve();
  }

  async #gated<T>(what: 'get' | 'put', key: string, effect: () => T): Promise<T> {
    await this.#gate?.(what, key, 'before');
    const result = effect();
    await this.#gate?.(what, key, 'after');
    return result;
  }
}
