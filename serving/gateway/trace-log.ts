import type {UnreadTrace} from './trace-language.ts';

export interface TraceLogOptions {
  /** Gets one trace each, as JSON. */
  readonly write: (lines: readonly string[]) => Promise<void>;
  readonly flushMs: number;
  /** So many traces are written at once, without waiting for the interval. */
  readonly flushTraces: number;
  /** Traces kept in memory while the store cannot be written; the oldest go first. */
  readonly limit: number;
  readonly failed: (error: Error) => void;
  readonly dropped: (count: number) => void;
}

/**
 * Traces on their way to the store: collected in memory, written in batches. A batch that could not be written stays and is
 * tried again; a trace that is lost in a crash was nobody's promise (feedback on it takes it along into the journal).
 */
export class TraceLog {
  readonly #options: TraceLogOptions;
  /** As JSON: written a batch at once they would hold up every request under way, and as objects a collector's pause. */
  #pending = new Map<string, string>();
  #timer: NodeJS.Timeout | null = null;
  #flushing: Promise<void> | null = null;

  constructor(options: TraceLogOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#pending.size;
  }

  start(): void {
    this.#timer = setInterval(() => void this.flush(), this.#options.flushMs);
  }

  add(trace: UnreadTrace): void {
    this.#pending.set(trace.id, JSON.stringify(trace));
    const over = this.#pending.size - this.#options.limit;
    if (over > 0) {
      for (const id of [...this.#pending.keys()].slice(0, over)) this.#pending.delete(id);
      this.#options.dropped(over);
    }
    if (this.#pending.size >= this.#options.flushTraces) void this.flush();
  }

  /** A trace that is not written yet. */
  get(id: string): UnreadTrace | undefined {
    const line = this.#pending.get(id);
    return line === undefined ? undefined : (JSON.parse(line) as UnreadTrace);
  }
  /** Somebody else keeps it from now on. */
  delete(id: string): void {
    this.#pending.delete(id);
  }

  /** Writes what is there; never throws. One at a time: whoever calls meanwhile waits for the same. */
  flush(): Promise<void> {
    this.#flushing ??= this.#flushOnce().finally(() => (this.#flushing = null));
    return this.#flushing;
  }

  async #flushOnce(): Promise<void> {
    const batch = [...this.#pending];
    if (batch.length === 0) return;
    try {
      await this.#options.write(batch.map(([, line]) => line));
      for (const [id] of batch) this.#pending.delete(id);
    } catch (error) {
      this.#options.failed(error as Error);
    }
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    // A flush under way took what was there when it began.
    await this.flush();
    await this.flush();
  }
}
