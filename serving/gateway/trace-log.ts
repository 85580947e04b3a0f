import type {Trace} from '../../schemas/trace.ts';
import {PAGE_BYTES, TracePage} from './trace-page.ts';

export interface TraceLogOptions {
  readonly write: (page: TracePage) => Promise<void>;
  readonly flushMs: number;
  /** So many traces are written at once, without waiting for the interval. */
  readonly flushTraces: number;
  /** Traces kept in memory while the store cannot be written; the oldest go first, a page of them. */
  readonly limit: number;
  /** Memory of all of them, in whole pages. */
  readonly limitBytes: number;
  readonly failed: (error: Error) => void;
  readonly dropped: (count: number) => void;
}

/** Pages kept to be used again. */
const SPARE_PAGES = 2;

/**
 * Traces on their way to the store: collected in memory, written a page at a time. A page that could not be written stays and
 * is tried again; a trace that is lost in a crash was nobody's promise (feedback on it takes it along into the journal).
 */
export class TraceLog {
  readonly #options: TraceLogOptions;
  /** In the order of time; the last one is filled. */
  #pages: TracePage[] = [];
  readonly #spare: TracePage[] = [];
  /** Is being read by who writes it: nothing is added to it or taken out. */
  #beingWritten: TracePage | null = null;
  #size = 0;
  #timer: NodeJS.Timeout | null = null;
  #flushing: Promise<void> | null = null;

  constructor(options: TraceLogOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#size;
  }

  get #bytes(): number {
    return this.#pages.reduce((sum, page) => sum + page.memory.byteLength, 0);
  }

  start(): void {
    this.#timer = setInterval(() => void this.flush(), this.#options.flushMs);
  }

  /** A trace is found again, here and by who stores it, by how its JSON begins: with `v`, `id` and `at`. */
  add(trace: Trace): void {
    const line = JSON.stringify(trace);
    const open = this.#pages.at(-1);
    if (open === undefined || open === this.#beingWritten || !open.add(line)) {
      const page = this.#pageFor(line);
      page.add(line);
      this.#pages.push(page);
    }
    this.#size++;
    while (this.#size > this.#options.limit || this.#bytes > this.#options.limitBytes)
      if (!this.#dropOldest()) break;
    if (this.#size >= this.#options.flushTraces) void this.flush();
  }

  /** A trace that is not written yet. */
  get(id: string): Trace | undefined {
    for (const page of this.#pages) {
      const line = page.find(beginning(id));
      if (line !== undefined) return JSON.parse(line) as Trace;
    }
    return undefined;
  }
  /** Somebody else keeps it from now on. One that is being written is in the store twice, under one id. */
  delete(id: string): void {
    for (const page of this.#pages) {
      if (page === this.#beingWritten) continue;
      const before = page.count;
      page.blank(beginning(id));
      this.#size -= before - page.count;
    }
  }

  /** Writes what is there; never throws. One at a time: whoever calls meanwhile waits for the same. */
  flush(): Promise<void> {
    this.#flushing ??= this.#flushOnce().finally(() => (this.#flushing = null));
    return this.#flushing;
  }

  async #flushOnce(): Promise<void> {
    for (const page of [...this.#pages]) {
      // It may have been dropped meanwhile.
      if (!this.#pages.includes(page)) continue;
      this.#beingWritten = page;
      try {
        if (page.count > 0) await this.#options.write(page);
        this.#remove(page);
      } catch (error) {
        this.#options.failed(error as Error);
        return;
      } finally {
        this.#beingWritten = null;
      }
    }
  }

  /** Whether there was a page that may go. */
  #dropOldest(): boolean {
    const oldest = this.#pages.find((page) => page !== this.#beingWritten);
    if (oldest === undefined) return false;
    this.#options.dropped(oldest.count);
    this.#remove(oldest);
    return true;
  }

  #remove(page: TracePage): void {
    this.#pages = this.#pages.filter((other) => other !== page);
    this.#size -= page.count;
    if (page.memory.byteLength > PAGE_BYTES || this.#spare.length === SPARE_PAGES) return;
    page.clear();
    this.#spare.push(page);
  }

  #pageFor(line: string): TracePage {
    const bytes = Buffer.byteLength(line) + 1;
    return bytes > PAGE_BYTES ? new TracePage(bytes) : (this.#spare.pop() ?? new TracePage());
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    // A flush under way took what was there when it began.
    await this.flush();
    await this.flush();
  }
}

/** What the JSON of a trace of this id begins with, and nothing else. */
function beginning(id: string): string {
  return `{"v":1,"id":${JSON.stringify(id)},`;
}
