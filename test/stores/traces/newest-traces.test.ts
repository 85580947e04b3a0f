import {describe, expect, test} from 'vitest';
import {sha256Hex} from '../../../core/identity/digest.ts';
import {traceId} from '../../../core/identity/trace-id.ts';
import type {Trace} from '../../../schemas/trace.ts';
import {Traces} from '../../../stores/traces/traces.ts';
import {MemoryStore} from '../memory-store.ts';
import {ANSWERED} from './answered.ts';

const HOUR = 3_600_000;
const NOON = Date.parse('2002-12-03T12:00:00.000Z');
const PROJECT = 'post';

function trace(at: number, n: number): Trace {
  return {
    v: 1,
    id: traceId(at, Buffer.from(sha256Hex(`${n}`).slice(0, 24), 'hex')),
    at: new Date(at).toISOString(),
    ...ANSWERED,
    project: PROJECT,
    unit: '0123456789abcdef',
    fields: {},
    row: null,
    output: `${n}`,
  };
}

/** A store of batches, each of traces at these times; `read` counts the batches that are read from then on. */
async function storeOf(batches: readonly (readonly number[])[]) {
  const store = new MemoryStore();
  let n = 0;
  for (const times of batches)
    await new Traces(store).append(
      PROJECT,
      times.map((at) => trace(at, (n += 1))),
    );
  const read: string[] = [];
  const counting = store.through((what, key, when) => {
    if (what === 'get' && when === 'before') read.push(key);
    return undefined;
  });
  return {traces: new Traces(counting), read};
}

const timesOf = (items: readonly Trace[]) => items.map(({at}) => Date.parse(at));

describe('the newest traces', () => {
  test('pages by "before" show every trace once, newest first, whatever the gaps and overlaps', async () => {
    // Linear congruential generator (Numerical Recipes): the same batches in every run.
    let state = 7;
    const random = (below: number) => (state = (state * 1_664_525 + 1_013_904_223) >>> 0) % below;
    const batches = Array.from({length: 60}, () => {
      const start = NOON - random(4000) * HOUR + random(HOUR);
      return Array.from({length: 1 + random(5)}, () => start + random(3) * 400);
    });
    const {traces} = await storeOf(batches);
    const seen: number[] = [];
    let before = NOON + HOUR;
    for (let pages = 0; pages < 100; pages += 1) {
      const {items, more} = await traces.newest(PROJECT, {before, most: 7});
      seen.push(...timesOf(items));
      if (!more) break;
      before = items.length > 0 ? timesOf(items).at(-1)! : before;
    }
    expect(seen).toEqual(batches.flat().sort((a, b) => b - a));
  });

  test('the last millisecond of a page comes whole, so that the next page loses nothing of it', async () => {
    const {traces} = await storeOf([[NOON, NOON + 1, NOON + 1, NOON + 1, NOON + 2]]);
    const first = await traces.newest(PROJECT, {before: Infinity, most: 2});
    expect(timesOf(first.items)).toEqual([NOON + 2, NOON + 1, NOON + 1, NOON + 1]);
    const rest = await traces.newest(PROJECT, {before: NOON + 1, most: 2});
    expect(timesOf(rest.items)).toEqual([NOON]);
    expect(await traces.newest(PROJECT, {before: NOON, most: 2})).toEqual({items: [], more: false});
  });

  test('reads the batches that hold them and no others', async () => {
    const minute = 60_000;
    const {traces, read} = await storeOf(
      Array.from({length: 50}, (_, i) => [NOON + i * minute, NOON + i * minute + 1]),
    );
    const {items} = await traces.newest(PROJECT, {before: NOON + HOUR, most: 4});
    expect(timesOf(items)).toEqual([49, 48].flatMap((i) => [NOON + i * minute + 1, NOON + i * minute]));
    expect(read).toHaveLength(2);
  });

  test('one page reads at most eight hours that have anything in them', async () => {
    const {traces, read} = await storeOf(Array.from({length: 20}, (_, i) => [NOON - i * HOUR]));
    const {items, more} = await traces.newest(PROJECT, {before: NOON + HOUR, most: 50});
    expect({items: items.length, more, read: read.length}).toEqual({items: 8, more: true, read: 8});
  });
});
