import {randomBytes} from 'node:crypto';

const KEPT = 16;
const REMEMBERED = 1_000;

/**
 * Whether a conditional put whose answer was lost took place, though others may have written on top of it meanwhile. Each
 * put has an id; with the object stand the ids of the last 16 puts that led to it, newest first. A put which finds its own id
 * among those of the present object was done.
 */
export class WriteLineage {
  readonly #read = new Map<string, string>();

  /** What the metadata of an object said that was read: a put with `ifMatch` builds on it. */
  remember(key: string, etag: string, lineage: string | undefined): void {
    if (lineage === undefined) return;
    this.#read.set(`${key} ${etag}`, lineage);
    if (this.#read.size > REMEMBERED) this.#read.delete(this.#read.keys().next().value!);
  }

  /** A new put's id, and the lineage to store with it; `etag` is what it replaces, if that is known. */
  next(key: string, etag: string | undefined): {readonly id: string; readonly lineage: string} {
    const id = randomBytes(8).toString('hex');
    const before = etag === undefined ? undefined : this.#read.get(`${key} ${etag}`);
    return {id, lineage: [id, ...(before?.split(' ') ?? [])].slice(0, KEPT).join(' ')};
  }
}

export function latest(lineage: string): string {
  return lineage.split(' ')[0]!;
}

export function includes(lineage: string | undefined, id: string): boolean {
  return lineage?.split(' ').includes(id) ?? false;
}
