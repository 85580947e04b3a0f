import {Worker} from 'node:worker_threads';

export interface Ticks {
  /** When the first is due, by monotonicMs. */
  readonly began: number;
  readonly everyMs: number;
  readonly count: number;
}

/** Of the machine's clock, the same in every thread. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * Tells how many ticks have been due so far, each time another one is. A timer of Node's comes a millisecond late, and a loop
 * that waits awake, or naps for a tenth of a millisecond, takes three quarters of a core that others are on.
 */
export function ticks(given: Ticks, due: (count: number) => void): void {
  const thread = new Worker(new URL('./ticker.ts', import.meta.url), {workerData: given});
  thread.on('message', due);
  thread.on('error', (error) => {
    throw error;
  });
}
