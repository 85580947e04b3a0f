export interface ShadowQueueOptions {
  /** Copies that may wait; one more and it is dropped. */
  readonly limit: number;
  /** Whether a copy may start now: an engine has nothing else to do. */
  readonly mayStart: () => boolean;
  readonly dropped: () => void;
  /**
   * Under constant load no engine is ever idle, and a rollout would wait for its samples for ever: so once in this time, in
   * ms, one waiting copy is let in beside the users' requests. 0 = never.
   */
  readonly patienceMs: number;
  /** How often to look again while copies wait, in ms. */
  readonly pollMs: number;
}

/**
 * Copies of answered requests for the shadow release, one at a time and while an engine is idle: they take nothing from
 * answers that users wait for. Under load they wait, but for one now and then, and beyond the limit they are dropped.
 */
export class ShadowQueue {
  readonly #options: ShadowQueueOptions;
  readonly #jobs: (() => Promise<void>)[] = [];
  #running = false;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;
  /** When a copy started last, or began to wait. */
  #since = performance.now();

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
    if (this.#jobs.length === 0) this.#since = Math.max(this.#since, performance.now());
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
      if (this.#stopped || !(this.#options.mayStart() || this.#waitedEnough())) {
        this.#look();
        return;
      }
      const job = this.#jobs.shift()!;
      this.#running = true;
      this.#since = performance.now();
      void job().finally(() => {
        this.#running = false;
        this.#look();
      });
    }, this.#options.pollMs);
  }

  #waitedEnough(): boolean {
    const {patienceMs} = this.#options;
    return patienceMs > 0 && performance.now() - this.#since >= patienceMs;
  }
}
