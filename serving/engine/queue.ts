import {EngineFailure} from './failure.ts';

/**
 * One job at a time, in the order of arrival; more than `limit` waiting jobs are refused with 503 and retry-after.
 * A job whose signal aborts before its turn is dropped.
 */
export class OneAtATime {
  readonly #limit: number;
  #waiting = 0;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Jobs waiting or running. */
  get length(): number {
    return this.#waiting;
  }

  async run<T>(job: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#waiting > this.#limit)
      throw new EngineFailure(
        503,
        'ServiceUnavailableError',
        `${this.#limit} requests are waiting already: try again`,
        {
          retryAfter: 1,
        },
      );
    this.#waiting++;
    const before = this.#tail;
    const done = (async () => {
      await before;
      signal?.throwIfAborted();
      return job();
    })();
    this.#tail = done.catch(() => undefined);
    try {
      return await done;
    } finally {
      this.#waiting--;
    }
  }
}
