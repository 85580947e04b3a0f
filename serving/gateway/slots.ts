/** So many at a time, the others in the order in which they came. */
export class Slots {
  #most: number;
  #taken = 0;
  readonly #waiting = new Set<() => void>();

  constructor(most: number) {
    this.#most = most;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get most(): number {
    return this.#most;
  }
  /** From now on so many; where that is fewer, what was begun ends first. */
  set most(most: number) {
    this.#most = most;
    for (const next of [...this.#waiting].slice(0, Math.max(0, most - this.#taken))) {
      this.#taken++;
      next();
    }
  }

  /** Gives what frees the slot; once is enough. Rejects with the signal's reason, and then holds none. */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#taken < this.#most) this.#taken++;
    else await this.#turn(signal);
    let freed = false;
    return () => {
      if (freed) return;
      freed = true;
      const [next] = this.#waiting;
      // Handed over: whoever comes now must not overtake those that wait.
      if (next === undefined || this.#taken > this.#most) this.#taken--;
      else next();
    };
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const mine = () => {
        this.#waiting.delete(mine);
        signal.removeEventListener('abort', gone);
        resolve();
      };
      const gone = () => {
        this.#waiting.delete(mine);
        reject(signal.reason as Error);
      };
      this.#waiting.add(mine);
      signal.addEventListener('abort', gone, {once: true});
    });
  }
}
