/**
 * Token bucket: `perSecond` requests a second in the long run, `burst` at once. Full at first. Times in milliseconds, of one
 * clock that never goes back.
 */
export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  constructor({perSecond, burst}: {readonly perSecond: number; readonly burst: number}, now: number) {
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = now;
  }

  /** 0: taken. Otherwise in how many ms there is one, and nothing was taken. */
  take(now: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return (1 - this.#tokens) / this.#perMs;
  }
}
