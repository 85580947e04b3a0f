import {describe, expect, it} from 'vitest';
import {pauses} from '../../activities/pause.ts';

/** Computes for so long. */
function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('a long computation that pauses', () => {
  it('lets timers have their turn', async () => {
    const pause = pauses({signal: new AbortController().signal});
    let beats = 0;
    const beat = setInterval(() => beats++, 10);
    for (let i = 0; i < 100; i++) {
      work(5);
      await pause();
    }
    clearInterval(beat);
    expect(beats).toBeGreaterThanOrEqual(3);
  });

  it('costs nothing where it is short', () => {
    const pause = pauses({signal: new AbortController().signal});
    for (let i = 0; i < 100; i++) expect(pause()).toBeUndefined();
  });

  it('ends where its activity is cancelled', async () => {
    const abort = new AbortController();
    const pause = pauses({signal: abort.signal});
    setTimeout(() => abort.abort(new Error('cancelled')), 10);
    const run = async (): Promise<void> => {
      for (let i = 0; i < 1000; i++) {
        work(5);
        await pause();
      }
    };
    await expect(run()).rejects.toThrow('cancelled');
  });
});
