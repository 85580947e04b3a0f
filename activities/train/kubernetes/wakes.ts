/** A bell: whoever waits wakes at the next ring; a ring while nobody waited is heard by the next one to wait. */
export class Wakes {
  #rung = false;
  #waiting: (() => void) | null = null;

  wake(): void {
    this.#rung = true;
    this.#waiting?.();
  }

  /** Returns at a ring, when the signal is aborted, or after `ms`; never throws. */
  async next(signal: AbortSignal, ms: number): Promise<void> {
    if (!this.#rung && !signal.aborted)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        const done = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          resolve();
        };
        signal.addEventListener('abort', done, {once: true});
        this.#waiting = done;
      });
    this.#waiting = null;
    this.#rung = false;
  }
}
