export interface ShadowQueueOptions {
  /** Copies that may wait; one more and it is dropped. */
  readonly limit: number;
  /** Whether a copy may start now: an engine has nothing else to do. */
  readonly mayStart: () => boolean;
  readonly dropped: () => void;
  /** How often to look again while copies wait, in ms. */
  readonly pollMs: number;
}

/**
 * Copies of answered requests for the shadow release, one at a time and only while an engine is idle: they take nothing from
 * answers that users wait for. Under load they wait, and beyond the limit they are dropped.
 */
export class ShadowQueue {
  readonly #options: ShadowQueueOptions;
  readonly #jobs: (() => Promise<void>)[] = [];
  #running = false;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(options: ShadowQueueOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#jobs.length + (this.#running ? 1 : 0);
  }

  /** `job` must not throw. */
  add(job: () => Promise<void>): void {
    if (this.#stopped || this.#jobs.length >= this.#options.limit) {
      this.#options.dropped();
      return;
    }
    this.#jobs.push(job);
    this.#look();
  }

  /** No further copy starts. */
  stop(): void {
    this.#stopped = true;
    this.#jobs.length = 0;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #look(): void {
    if (this.#running || this.#timer !== null || this.#jobs.length === 0) return;
    // Not in the turn that sends the answer.
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#stopped || !this.#options.mayStart()) {
        this.#look();
        return;
      }
      const job = this.#jobs.shift()!;
      this.#running = true;
      void job().finally(() => {
        this.#running = false;
        this.#look();
      });
    }, this.#options.pollMs);
  }
}
