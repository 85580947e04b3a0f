/** By which a person at the terminal, a terminal that closes, or the system ends a process. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The demo was told to end before it had. */
export class Interrupted extends Error {
  constructor(by: string) {
    super(`ended by ${by}`);
    this.name = 'Interrupted';
  }
}

/** The launcher passes on what the terminal has sent already: so soon it is the same signal once more. */
const SAME_MS = 1_000;

/** Listens for the first signal to end; a later one ends the process as if nobody listened. */
export class Interruption {
  readonly #told = new AbortController();
  #at = 0;
  readonly #listener = (by: NodeJS.Signals): void => {
    if (!this.signal.aborted) {
      this.#at = Date.now();
      this.#told.abort(new Interrupted(by));
    } else if (Date.now() - this.#at > SAME_MS) {
      this.end();
      process.kill(process.pid, by);
    }
  };

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#listener);
  }

  get signal(): AbortSignal {
    return this.#told.signal;
  }

  /** What `work` gives, unless a signal comes first: throws Interrupted then, and lets the work be. */
  async unless<T>(work: Promise<T>): Promise<T> {
    const told = this.told().then((): never => {
      throw this.#told.signal.reason;
    });
    return Promise.race([work, told]);
  }

  /** Resolves when a signal has come. */
  async told(): Promise<void> {
    const {signal} = this.#told;
    if (signal.aborted) return;
    await new Promise((resolve) => signal.addEventListener('abort', resolve, {once: true}));
  }

  /** Listens no more. */
  end(): void {
    for (const name of SIGNALS) process.removeListener(name, this.#listener);
  }
}
