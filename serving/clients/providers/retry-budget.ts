export interface RetryBudgetOptions {
  /** Retries a request earns. Default 0.1: in the long run a retry in ten requests. */
  readonly ratio?: number;
  /** Retries that may be saved up. Default 100. */
  readonly most?: number;
  /** Retries a second that are there without any request, so that few requests may be tried again too. Default 1. */
  readonly perSecond?: number;
  /** What there is at the start, and what `perSecond` fills up to. Default 10. */
  readonly floor?: number;
  readonly now?: () => number;
}

/**
 * A token bucket of retries, so that an outage is not multiplied by those who wait for its end (Finagle's RetryBudget; Google's
 * SRE book, chapter 21). In any time of `s` seconds with `n` requests: at most `most + s × perSecond + n × ratio` retries.
 */
export class RetryBudget {
  readonly #ratio: number;
  readonly #most: number;
  readonly #perSecond: number;
  readonly #floor: number;
  readonly #now: () => number;
  #tokens: number;
  #filledAt: number;

  constructor({
    ratio = 0.1,
    most = 100,
    perSecond = 1,
    floor = 10,
    now = () => performance.now(),
  }: RetryBudgetOptions = {}) {
    this.#ratio = ratio;
    this.#most = most;
    this.#perSecond = perSecond;
    this.#floor = floor;
    this.#now = now;
    this.#tokens = floor;
    this.#filledAt = now();
  }

  /** A request, which earns its part of a retry. */
  request(): void {
    this.#tokens = Math.min(this.#most, this.#tokens + this.#ratio);
  }

  /** Whether there is a retry left; takes it. */
  retry(): boolean {
    this.#fill();
    // What was added up in tenths lacks the last bit of a whole one.
    if (this.#tokens < 1 - 1e-9) return false;
    this.#tokens -= 1;
    return true;
  }

  #fill(): void {
    const now = this.#now();
    const earned = ((now - this.#filledAt) / 1000) * this.#perSecond;
    this.#filledAt = now;
    if (this.#tokens < this.#floor) this.#tokens = Math.min(this.#floor, this.#tokens + earned);
  }
}
