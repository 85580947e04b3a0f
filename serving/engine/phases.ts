/** What an answer's time went into: waiting for its turn, reading the prompt, writing the completion. */
export const PHASES = ['queue', 'prefill', 'decode'] as const;
export type PhaseName = (typeof PHASES)[number];

export interface Phase {
  readonly name: PhaseName;
  /** Milliseconds since the epoch, with fractions. */
  readonly start: number;
  readonly end: number;
}

/** A stop watch that one request carries through the engine; of several prompts the phases follow each other. */
export class Phases {
  readonly all: Phase[] = [];
  #since = now();

  /** What went on since the last call, or since the request came, was `name`. */
  ended(name: PhaseName): void {
    const end = now();
    this.all.push({name, start: this.#since, end});
    this.#since = end;
  }

  /** Seconds of all phases of a name; 0 for none. */
  seconds(name: PhaseName): number {
    return this.all
      .filter((phase) => phase.name === name)
      .reduce((sum, {start, end}) => sum + (end - start) / 1000, 0);
  }
}

function now(): number {
  return performance.timeOrigin + performance.now();
}
