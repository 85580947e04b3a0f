/** How fast something goes on: over the last minute, or since it began. Times in milliseconds. */
export class Rate {
  readonly #windowMs: number;
  /** One for every new amount. */
  #points: {readonly at: number; readonly done: number}[] = [];

  constructor(windowMs = 60_000) {
    this.#windowMs = windowMs;
  }

  /** Less done than before means that it began anew: the past is forgotten. */
  add(at: number, done: number): void {
    const last = this.#points.at(-1);
    if (last && done < last.done) this.#points = [];
    if (done !== this.#points.at(-1)?.done) this.#points.push({at, done});
    while (this.#points.length > 2 && this.#points[1]!.at < at - this.#windowMs) this.#points.shift();
  }

  /** A second; undefined while it cannot be told. One that no longer moves gets slower. */
  perSecond(now: number): number | undefined {
    const first = this.#points[0];
    const last = this.#points.at(-1);
    if (!first || !last || last.done <= first.done) return undefined;
    const took = last.at - first.at;
    const stalls = now - last.at > (2 * took) / (this.#points.length - 1);
    const elapsed = stalls ? now - first.at : took;
    return elapsed < 1_000 ? undefined : (last.done - first.done) / (elapsed / 1_000);
  }
}
