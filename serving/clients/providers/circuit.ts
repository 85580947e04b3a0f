/** Whether an endpoint may be asked. */
export interface CircuitOptions {
  /** Failures in a row after which it is not asked. Default 5. */
  readonly failures?: number;
  /** How long it is not asked the first time, in ms; doubled each time the one that tries it fails too. Default 5,000. */
  readonly openMs?: number;
  /** The longest that it is not asked, in ms. Default 60,000. */
  readonly longestOpenMs?: number;
  readonly now?: () => number;
}

/**
 * A circuit breaker (Nygard, Release It!). Closed: everything goes through. Open, after so many failures in a row: nothing does.
 * Then one request tries it: it closes when that is answered, and stays open for longer when that fails. The engine pool's
 * `downUntil` asks the next engine first; a vendor has no next one, so here nobody is asked, and who asked moves on at once.
 */
export class Circuit {
  readonly #limit: number;
  readonly #openMs: number;
  readonly #longestOpenMs: number;
  readonly #now: () => number;
  #inRow = 0;
  /** In ms as `now` counts; null: closed. */
  #openUntil: number | null = null;
  #openFor: number;
  #trying = false;

  constructor({
    failures = 5,
    openMs = 5_000,
    longestOpenMs = 60_000,
    now = () => performance.now(),
  }: CircuitOptions = {}) {
    this.#limit = failures;
    this.#openMs = openMs;
    this.#longestOpenMs = longestOpenMs;
    this.#now = now;
    this.#openFor = openMs;
  }

  /** For how long yet nothing is asked, in ms: 0, go on. Whoever goes on reports `answered`, `began`, `failed` or `neither`. */
  enter(): number {
    if (this.#openUntil === null) return 0;
    const left = this.#openUntil - this.#now();
    if (left > 0) return left;
    // The one that tries it has not come back.
    if (this.#trying) return this.#openFor;
    this.#trying = true;
    return 0;
  }

  /** The endpoint works, whatever it said of the request. */
  answered(): void {
    this.#inRow = 0;
    this.#openUntil = null;
    this.#openFor = this.#openMs;
    this.#trying = false;
  }

  /** A stream has its first piece, and is `answered` or `failed` when it ends: others go on, and one failure is enough to stop them. */
  began(): void {
    if (!this.#trying) return;
    this.#trying = false;
    this.#openUntil = null;
    this.#inRow = this.#limit - 1;
  }

  failed(): void {
    this.#inRow++;
    if (this.#trying) this.#openFor = Math.min(this.#openFor * 2, this.#longestOpenMs);
    else if (this.#openUntil !== null || this.#inRow < this.#limit) return;
    this.#trying = false;
    this.#openUntil = this.#now() + this.#openFor;
  }

  /** Given up by who asked: it says nothing of the endpoint. */
  neither(): void {
    this.#trying = false;
  }
}
