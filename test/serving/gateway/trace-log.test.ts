import {expect, test} from 'vitest';
import type {Trace} from '../../../schemas/trace.ts';
import {TraceLog} from '../../../serving/gateway/trace-log.ts';
import {linesOf, PAGE_BYTES, type TracePage} from '../../../serving/gateway/trace-page.ts';
import {trace} from '../../core/rollout/traffic.ts';

const id = (n: number): string => n.toString(16).padStart(32, '0');
const one = (n: number, output = 'spam'): Trace =>
  trace({id: id(n), unit: id(n).slice(16), at: '2026-01-01T00:00:00.000Z', output});
const idsIn = (page: TracePage): string[] =>
  [...linesOf(page.memory, page.used)].map((line) => (JSON.parse(line.toString()) as Trace).id);

/** A log whose store takes what comes, unless it is away. */
class Bed {
  readonly written: string[][] = [];
  readonly dropped: number[] = [];
  failures = 0;
  away = false;
  /** Called in the middle of a writing. */
  meanwhile: () => void = () => undefined;
  readonly log: TraceLog;

  constructor(limit = 1000, flushTraces = 1000, limitBytes = 64 * PAGE_BYTES) {
    this.log = new TraceLog({
      limit,
      limitBytes,
      flushTraces,
      flushMs: 60_000,
      write: async (page) => {
        await Promise.resolve();
        this.meanwhile();
        if (this.away) throw new Error('the store is away');
        this.written.push(idsIn(page));
      },
      failed: () => this.failures++,
      dropped: (count) => this.dropped.push(count),
    });
  }
}

test('traces are there until they are written, whatever signs they hold', async () => {
  const bed = new Bed();
  const odd = one(1, 'a\n"b" {"v":1,"id":"x"} größer 🐟 \ud800 \u2028');
  bed.log.add(odd);
  bed.log.add(one(2));
  expect(bed.log.get(id(1))).toEqual(odd);
  expect(bed.log.get(id(2))).toEqual(one(2));
  expect(bed.log.get(id(3))).toBeUndefined();
  expect(bed.log.size).toBe(2);
  await bed.log.flush();
  expect(bed.written).toEqual([[id(1), id(2)]]);
  expect({size: bed.log.size, first: bed.log.get(id(1))}).toEqual({size: 0, first: undefined});
});

test('one that somebody else keeps is not written, be it the first, the last or one between', async () => {
  const bed = new Bed();
  for (const n of [1, 2, 3, 4]) bed.log.add(one(n));
  for (const n of [1, 3, 4, 9]) bed.log.delete(id(n));
  expect(bed.log.size).toBe(1);
  bed.log.add(one(5));
  await bed.log.flush();
  expect(bed.written).toEqual([[id(2), id(5)]]);
});

test('nothing is written where all of them were taken', async () => {
  const bed = new Bed();
  bed.log.add(one(1));
  bed.log.delete(id(1));
  await bed.log.flush();
  expect(bed.written).toEqual([]);
  expect(bed.log.size).toBe(0);
});

test('what the store does not take stays, and goes first the next time', async () => {
  const bed = new Bed();
  bed.away = true;
  bed.log.add(one(1));
  await bed.log.flush();
  bed.log.add(one(2));
  expect({failures: bed.failures, size: bed.log.size}).toEqual({failures: 1, size: 2});
  bed.away = false;
  await bed.log.flush();
  expect(bed.written).toEqual([[id(1), id(2)]]);
});

test('a page that is being written is left as it is', async () => {
  const bed = new Bed();
  bed.log.add(one(1));
  bed.meanwhile = () => {
    bed.meanwhile = () => undefined;
    bed.log.add(one(2));
    bed.log.delete(id(1));
    expect(bed.log.get(id(1))).toEqual(one(1));
  };
  await bed.log.flush();
  expect(bed.written).toEqual([[id(1)]]);
  expect(bed.log.size).toBe(1);
  await bed.log.flush();
  expect(bed.written).toEqual([[id(1)], [id(2)]]);
});

test('stopping writes what came while a writing was under way', async () => {
  const bed = new Bed();
  bed.log.add(one(1));
  bed.meanwhile = () => {
    bed.meanwhile = () => undefined;
    bed.log.add(one(2));
  };
  void bed.log.flush();
  await bed.log.stop();
  expect(bed.written).toEqual([[id(1)], [id(2)]]);
});

test('so many are written without waiting for the interval', async () => {
  const bed = new Bed(1000, 3);
  for (const n of [1, 2, 3]) bed.log.add(one(n));
  await expect.poll(() => bed.written).toEqual([[id(1), id(2), id(3)]]);
});

test('beyond the limit the oldest page is dropped and counted', async () => {
  const bed = new Bed(3);
  const large = 'x'.repeat(PAGE_BYTES / 2);
  for (const n of [1, 2, 3]) bed.log.add(one(n, large));
  expect(bed.dropped).toEqual([]);
  bed.log.add(one(4, large));
  expect(bed.dropped).toEqual([1]);
  await bed.log.flush();
  expect(bed.written.flat()).toEqual([id(2), id(3), id(4)]);
});

test('so it is beyond the memory that they may take, but not while it is being written', async () => {
  const bed = new Bed(1000, 1000, 3 * PAGE_BYTES);
  const large = 'x'.repeat(PAGE_BYTES / 2);
  bed.away = true;
  for (const n of [1, 2, 3, 4]) bed.log.add(one(n, large));
  expect({dropped: bed.dropped, size: bed.log.size}).toEqual({dropped: [1], size: 3});
  bed.meanwhile = () => {
    bed.meanwhile = () => undefined;
    bed.log.add(one(5, large));
    expect(bed.dropped).toEqual([1, 1]);
    bed.log.add(one(6, 'x'.repeat(4 * PAGE_BYTES)));
    expect(bed.log.size).toBe(1);
  };
  await bed.log.flush();
  bed.away = false;
  await bed.log.flush();
  expect(bed.written.flat()).toEqual([id(2)]);
});

test('one that is larger than a page has a page of its own; emptied pages are filled again', async () => {
  const bed = new Bed();
  const larger = one(2, 'ä'.repeat(PAGE_BYTES));
  bed.log.add(one(1));
  bed.log.add(larger);
  bed.log.add(one(3));
  expect(bed.log.get(id(2))).toEqual(larger);
  await bed.log.flush();
  bed.log.add(one(4));
  await bed.log.flush();
  expect(bed.written).toEqual([[id(1)], [id(2)], [id(3)], [id(4)]]);
});
