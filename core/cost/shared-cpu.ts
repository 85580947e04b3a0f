/**
 * A process's CPU time, shared out among the pieces of work that run in it at once: from one reading of the clock to the next
 * each has the same part of what was used between them. So the parts sum to what the process used while it worked; what it
 * used while nothing ran belongs to nobody.
 */
export class SharedCpu {
  readonly #read: () => number;
  readonly #used = new Map<symbol, number>();
  #last: number;

  /** `read` gives the CPU seconds that the process has used so far. */
  constructor(read: () => number) {
    this.#read = read;
    this.#last = read();
  }

  begin(): symbol {
    this.share();
    const work = Symbol('work');
    this.#used.set(work, 0);
    return work;
  }

  /** CPU seconds of this work so far. */
  used(work: symbol): number {
    this.share();
    return this.#used.get(work) ?? 0;
  }

  /** …and no more from now on. */
  end(work: symbol): number {
    const used = this.used(work);
    this.#used.delete(work);
    return used;
  }

  private share(): void {
    const now = this.#read();
    const part = this.#used.size === 0 ? 0 : (now - this.#last) / this.#used.size;
    for (const [work, used] of this.#used) this.#used.set(work, used + part);
    this.#last = now;
  }
}
