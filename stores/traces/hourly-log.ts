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

const HOUR = 3_600_000;
/** Hours that have anything in them, read for one page of the newest: each takes some listings to find. */
const MOST_HOURS = 8;
/** The end of the last year that a key can name: 9999. */
const LAST = Date.UTC(10_000, 0);

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

  /**
   * The newest items with time < `before` (milliseconds), newest first: `most` of them, and all of the same millisecond as the
   * last, so that the next page begins before it. Reads the batches that hold them and no others; fewer than `most` where
   * they lie in many hours: `more` tells whether there may be older ones.
   */
  async newest(
    project: string,
    before: number,
    most: number,
  ): Promise<{readonly items: T[]; readonly more: boolean}> {
    const items: T[] = [];
    let end = Math.min(before, LAST);
    for (let hours = 0; hours < MOST_HOURS && items.length < most; hours += 1) {
      const hour = await this.#newestHour(project, end);
      if (hour === null) return {items, more: false};
      items.push(...(await this.#newestOfHour(project, hour, {before, most: most - items.length})));
      end = hour;
    }
    return {items, more: true};
  }

  /** The beginning of the newest hour < `before` that has a batch; null if there is none. Some forty listings of one key at most. */
  async #newestHour(project: string, before: number): Promise<number | null> {
    const last = Math.ceil(before / HOUR) - 1;
    if (last < 0) return null;
    let step = 1;
    let found: number | null = null;
    // Ever further back until there is one …
    while (found === null) {
      found = await this.#hourFrom(project, Math.max(0, last + 1 - step), last);
      if (found === null && step > last) return null;
      step *= 2;
    }
    // … then by halves to the newest.
    let beyond = last + 1;
    while (found + 1 < beyond) {
      const middle = Math.floor((found + 1 + beyond) / 2);
      const there = await this.#hourFrom(project, middle, last);
      if (there === null) beyond = middle;
      else found = there;
    }
    return found * HOUR;
  }

  /** The first hour from `from` to `last` that has a batch; hours since the epoch. */
  async #hourFrom(project: string, from: number, last: number): Promise<number | null> {
    const after = this.#hour(project, from * HOUR).slice(0, -1);
    for await (const key of this.#store.list(this.#folder(project), {after})) {
      const [, year, month, day, hour] = /\/(\d{4})\/(\d\d)\/(\d\d)\/(\d\d)\/[^/]+$/.exec(key) ?? [];
      if (hour === undefined) continue;
      const at = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour)) / HOUR;
      return at <= last ? at : null;
    }
    return null;
  }

  async #newestOfHour(
    project: string,
    hour: number,
    {before, most}: {readonly before: number; readonly most: number},
  ): Promise<T[]> {
    const batches = await Array.fromAsync(this.#batches(project, hour, Math.min(before, hour + HOUR)));
    batches.sort((a, b) => b.last - a.last);
    let items: T[] = [];
    for (const batch of batches) {
      const least = items.length < most ? -Infinity : this.#shape.time(items[most - 1]!);
      if (batch.last < least) break;
      const inside = (await this.#items(batch)).filter((item) => this.#shape.time(item) < before);
      items = items.concat(inside).sort((a, b) => this.#order(b, a));
    }
    if (items.length <= most) return items;
    const least = this.#shape.time(items[most - 1]!);
    return items.filter((item) => this.#shape.time(item) >= least);
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
