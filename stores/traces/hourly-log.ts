import type {z} from 'zod';
import {canonicalJson} from '../../core/identity/canonical-json.ts';
import {sha256Hex} from '../../core/identity/digest.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {writtenByNewer} from '../../schemas/newer.ts';
import {tolerant} from '../../schemas/tolerant.ts';
import {jsonLines} from '../objects/json-lines.ts';
import {keySegment} from '../objects/object-key.ts';
import type {ObjectStore} from '../objects/object-store.ts';
import {explainError} from '../../schemas/explain-issue.ts';

export interface LogShape<T> {
  /** First name of the keys: `traces`. */
  readonly folder: string;
  readonly schema: z.ZodType<T>;
  /** Milliseconds since the epoch. */
  readonly time: (item: T) => number;
  readonly id: (item: T) => string;
}

/** An item as it is stored. */
export interface LogLine {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly id: string;
  /** Its JSON and a line feed. */
  readonly bytes: Uint8Array;
}
interface Batch {
  readonly key: string;
  readonly first: number;
  readonly last: number;
}

/**
 * Things that happen, in immutable batches of JSONL by hour (UTC):
 * `FOLDER/PROJECT/2002/12/03/11/FIRST-LAST-HASH.jsonl`, FIRST and LAST the times of its items in milliseconds, HASH the
 * first 16 hex digits of its content's sha256, so that a batch sent twice is stored once.
 */
export class HourlyLog<T> {
  readonly #store: ObjectStore;
  readonly #shape: LogShape<T>;

  constructor(store: ObjectStore, shape: LogShape<T>) {
    this.#store = store;
    this.#shape = shape;
  }

  /** Writes one object for each hour that the items fall into. Throws InvalidInput, writing nothing, if an item is unfit. */
  append(project: string, items: Iterable<T>): Promise<void> {
    return this.appendLines(project, this.#lines(items));
  }

  /** The same of items that are lines already, which nobody looks at. What `lines` throws is thrown, and nothing written. */
  async appendLines(project: string, lines: Iterable<LogLine>): Promise<void> {
    const hours = new Map<string, LogLine[]>();
    for (const line of lines) {
      const hour = this.#hour(project, line.time);
      const others = hours.get(hour);
      if (others === undefined) hours.set(hour, [line]);
      else others.push(line);
    }
    for (const [hour, batch] of hours) {
      batch.sort(inOrder);
      const bytes = Buffer.concat(batch.map((line) => line.bytes));
      const [first, last] = [batch[0]!, batch.at(-1)!].map(({time}) => String(time).padStart(13, '0'));
      const key = `${hour}${first}-${last}-${sha256Hex(bytes).slice(0, 16)}.jsonl`;
      await this.#store.put(key, bytes, {ifNoneMatch: '*'});
    }
  }

  *#lines(items: Iterable<T>): Generator<LogLine, void, undefined> {
    for (const given of items) {
      const item = this.#parse(this.#shape.schema, given, `an item of ${this.#shape.folder}`);
      yield {...this.#placed(item), bytes: Buffer.from(`${canonicalJson(item)}\n`)};
    }
  }

  /**
   * Items with from ≤ time < to (milliseconds), by time, then id. Streams: in memory are only the batches that overlap in
   * time. A batch appended while this reads may or may not be seen.
   */
  async *read(project: string, from: number, to: number): AsyncGenerator<T, void, undefined> {
    let pending: T[] = [];
    for await (const batch of this.#batches(project, from, to)) {
      const before = pending.findIndex((item) => this.#shape.time(item) >= batch.first);
      yield* pending.splice(0, before === -1 ? pending.length : before);
      const inside = (await this.#items(batch)).filter((item) => {
        const time = this.#shape.time(item);
        return from <= time && time < to;
      });
      pending = pending.concat(inside).sort(this.#order);
    }
    yield* pending;
  }

  /** The item with this id whose time lies in from ≤ time < to; null if there is none. */
  async find(project: string, id: string, from: number, to: number): Promise<T | null> {
    for await (const batch of this.#batches(project, from, to)) {
      const found = (await this.#items(batch)).find((item) => this.#shape.id(item) === id);
      if (found !== undefined) return found;
    }
    return null;
  }

  async *#batches(project: string, from: number, to: number): AsyncGenerator<Batch, void, undefined> {
    const after = this.#hour(project, Math.max(0, from)).slice(0, -1);
    for await (const key of this.#store.list(this.#folder(project), {after})) {
      const times = /\/(\d{13})-(\d{13})-[0-9a-f]{16}\.jsonl$/.exec(key);
      if (times === null) continue;
      const [first, last] = [Number(times[1]), Number(times[2])];
      if (first >= to) return;
      if (last >= from) yield {key, first, last};
    }
  }

  async #items(batch: Batch): Promise<T[]> {
    const found = await this.#store.get(batch.key);
    const items: T[] = [];
    const chunks = found === null ? [] : [found.bytes];
    for await (const value of jsonLines(chunks, batch.key))
      items.push(this.#parse(tolerant(this.#shape.schema), value, batch.key));
    return items;
  }

  #parse(schema: z.ZodType<T>, value: unknown, where: string): T {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const newer = writtenByNewer(value, schema);
    if (newer !== null) throw new RatchetError(ErrorType.InvalidInput, `${where} was ${newer}`);
    throw new RatchetError(ErrorType.InvalidInput, `${where}: ${explainError(result.error, schema)}`);
  }

  readonly #order = (a: T, b: T): number => inOrder(this.#placed(a), this.#placed(b));

  #placed(item: T): Placed {
    return {time: this.#shape.time(item), id: this.#shape.id(item)};
  }

  #folder(project: string): string {
    return `${this.#shape.folder}/${keySegment(project)}/`;
  }

  /** `traces/mail/2002/12/03/11/` */
  #hour(project: string, time: number): string {
    return `${this.#folder(project)}${new Date(time).toISOString().slice(0, 13).replaceAll(/[-T]/g, '/')}/`;
  }
}

type Placed = Pick<LogLine, 'time' | 'id'>;

function inOrder(a: Placed, b: Placed): number {
  return a.time - b.time || (a.id < b.id ? -1 : 1);
}
