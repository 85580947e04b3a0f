import {setTimeout as after} from 'node:timers/promises';
import {describe, expect, it} from 'vitest';
import {inThread} from '../../activities/in-thread.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type * as work from './thread-work.ts';

const WORK = 'test/activities/thread-work';
const activity = () => ({signal: AbortSignal.timeout(60_000)});

describe('inThread', () => {
  it('gives back what a function of this package makes of its arguments', async () => {
    const [scaled, seen] = await inThread<typeof work.scaled>(
      ...([WORK, 'scaled', [Float32Array.of(1, 2), new Map([['factor', 3]])] as const, activity()] as const),
    );
    expect(scaled).toEqual(Float32Array.of(3, 6));
    expect(seen).toEqual(new Set(['factor']));
  });

  it('lets the event loop have its turns while it computes', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    const ms = await inThread<typeof work.computeFor>(WORK, 'computeFor', [400], activity());
    clearInterval(timer);
    expect(ms).toBeGreaterThanOrEqual(400);
    // 80 of them fit; a computation on this thread would leave none.
    expect(turns).toBeGreaterThan(5);
  });

  it('ends a computation that never would, when it is cancelled', async () => {
    const cancelled = new AbortController();
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const running = inThread<typeof work.countForever>(WORK, 'countForever', [shared], {
      signal: cancelled.signal,
    });
    while (Atomics.load(shared, 0) === 0) await after(5);
    cancelled.abort(new Error('the run was cancelled'));
    await expect(running).rejects.toThrow('the run was cancelled');
    // Nobody counts any more: the last of it was before the thread had ended.
    let before = -1;
    while (before !== Atomics.load(shared, 0)) {
      before = Atomics.load(shared, 0);
      await after(50);
    }
    await expect(
      inThread<typeof work.computeFor>(WORK, 'computeFor', [1], {signal: cancelled.signal}),
    ).rejects.toThrow('the run was cancelled');
  });

  it('keeps the type of a RatchetError, and the name of another', async () => {
    const failing = (how: 'ratchet' | 'range') =>
      inThread<typeof work.fails>(WORK, 'fails', [how], activity()).catch((error: unknown) => error);
    const ours = await failing('ratchet');
    expect(ours).toBeInstanceOf(RatchetError);
    expect(ours).toMatchObject({type: 'EmptySource', message: 'no row', retryable: false});
    expect(await failing('range')).toMatchObject({name: 'RangeError', message: 'out of range'});
  });

  it('says what ended without an answer, and what it cannot call', async () => {
    await expect(inThread<typeof work.exits>(WORK, 'exits', [], activity())).rejects.toThrow(
      'the thread of exits ended with 3',
    );
    await expect(inThread<() => void>(WORK, 'nothing', [], activity())).rejects.toThrow(
      `${WORK} exports no function nothing`,
    );
    await expect(
      inThread<(f: () => void) => void>(WORK, 'fails', [() => undefined], activity()),
    ).rejects.toThrow('could not be cloned');
  });

  it('has no variable of this process, which may be a secret', async () => {
    expect(await inThread<typeof work.variables>(WORK, 'variables', [], activity())).toEqual([]);
  });
});
