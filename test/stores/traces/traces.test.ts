import {randomBytes} from 'node:crypto';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {traceId} from '../../../core/identity/trace-id.ts';
import type {Feedback, Trace} from '../../../schemas/trace.ts';
import {openStores, type Stores} from '../../../stores/stores.ts';
import {STORE_KINDS, title, type OpenedPlace} from '../store-kinds.ts';
import {ANSWERED} from './answered.ts';

const D = 'd'.repeat(64);
const HOUR = 3_600_000;
const START = Date.parse('2002-12-31T22:00:00Z');

function trace(at: number): Trace {
  return {
    v: 1,
    id: traceId(at, randomBytes(12)),
    at: new Date(at).toISOString(),
    ...ANSWERED,
    project: 'mail',
    release: D,
    unit: '0'.repeat(16),
    fields: {subject: 'ä'},
    row: null,
    prompt: D,
    output: 'ham',
  };
}
const asLine = (one: Trace): Buffer => Buffer.from(`${JSON.stringify(one)}\n`);
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

for (const kind of STORE_KINDS)
  describe.skipIf(kind.unavailable !== null)(title('traces', kind), () => {
    let place: OpenedPlace;
    let stores: Stores;
    // Four hours over the turn of a year, one trace every 17 s, in batches that overlap in time.
    const traces = Array.from({length: 847}, (_, n) => trace(START + n * 17_000));
    beforeAll(async () => {
      place = await kind.open();
      stores = await openStores(place.url);
      for (let n = 0; n < 12; n += 1)
        await stores.traces.append(
          'mail',
          traces.filter((_, at) => at % 3 === n % 3 && Math.floor(at / 212) === Math.floor(n / 3)),
        );
    });
    afterAll(() => place.remove());

    test.each([
      [0, 5 * HOUR],
      [1.5 * HOUR, 2.5 * HOUR],
      [17_000, 34_000],
      [17_001, 34_001],
      [4 * HOUR, 9 * HOUR],
      [-9 * HOUR, 0],
      [HOUR, HOUR],
    ])('the window from %i ms to %i ms, in order', async (from, to) => {
      const window = {from: START + from, to: START + to};
      const wanted = traces.filter(({at}) => window.from <= Date.parse(at) && Date.parse(at) < window.to);
      expect((await all(stores.traces.read('mail', window))).map(({id}) => id)).toEqual(
        wanted.map(({id}) => id),
      );
    });

    test('a window from the beginning of time', async () => {
      expect(await all(stores.traces.read('mail', {from: 0, to: Date.now()}))).toHaveLength(847);
      expect(await all(stores.traces.read('other', {from: 0, to: Date.now()}))).toEqual([]);
    });

    test('one trace by its id, as the client has it', async () => {
      for (const wanted of [traces[0]!, traces[500]!, traces[846]!]) {
        expect(await stores.traces.find('mail', wanted.id)).toEqual(wanted);
        expect(await stores.traces.find('mail', `chatcmpl-${wanted.id}`)).toEqual(wanted);
      }
      expect(await stores.traces.find('mail', traceId(START, randomBytes(12)))).toBeNull();
      await expect(stores.traces.find('mail', 'nonsense')).rejects.toThrow(/"nonsense" is no trace id/);
    });

    test('a batch sent twice is stored once', async () => {
      const batch = [trace(START + 99 * HOUR), trace(START + 100 * HOUR)];
      await stores.traces.append('twice', batch);
      await stores.traces.append('twice', [...batch].reverse());
      expect(await all(stores.traces.read('twice', {from: 0, to: Date.now()}))).toEqual(batch);
    });

    test('a trace that could not be found again is refused, and nothing of its batch written', async () => {
      const stray = {...trace(START), at: new Date(START + 1_000).toISOString()};
      await expect(stores.traces.append('stray', [trace(START), stray])).rejects.toThrow(
        /one reading of the clock/,
      );
      const unfit = {...trace(START), output: 3} as unknown as Trace;
      await expect(stores.traces.append('stray', [trace(START), unfit])).rejects.toMatchObject({
        name: 'InvalidInput',
      });
      expect(await all(stores.traces.read('stray', {from: 0, to: Date.now()}))).toEqual([]);
    });

    test('lines are stored as they are, in the order of time, once', async () => {
      const [last, first] = [trace(START + 2_000), trace(START + 1_000)];
      const odd = {...trace(START + 5 * HOUR), output: 'größer 🐟 \ud800 \n"'};
      const lines = [last, odd, first].map(asLine);
      await stores.traces.appendLines('lines', lines);
      await stores.traces.appendLines('lines', [...lines].reverse());
      expect(await all(stores.traces.read('lines', {from: 0, to: Date.now()}))).toEqual([first, last, odd]);
      expect(await stores.traces.find('lines', odd.id)).toEqual(odd);
    });

    test.each([
      [
        'another time than its id',
        {at: new Date(START + 1_000).toISOString()},
        `is of ${new Date(START).toISOString()} by its id, but says ${new Date(START + 1_000).toISOString()}: make both from one reading of the clock`,
      ],
      ['no time', {at: 'now and here, some day'}, /one reading of the clock/],
      ['no id', {id: 'x'}, /a line of traces begins with \{"v":1,"id":"x"/],
      ['a later version', {v: 2 as 1}, /a line of traces begins with \{"v":2/],
    ])('a line with %s is refused, and nothing of its batch written', async (_, wrong, message) => {
      const lines = [trace(START), {...trace(START), ...wrong}].map(asLine);
      await expect(stores.traces.appendLines('wrong', lines)).rejects.toThrow(message);
      expect(await all(stores.traces.read('wrong', {from: 0, to: Date.now()}))).toEqual([]);
    });

    test('feedback by the time it was given', async () => {
      const feedback = Array.from({length: 20}, (_, n): Feedback => ({
        v: 1,
        id: `f${n}`,
        at: new Date(START + n * 600_000).toISOString(),
        project: 'mail',
        trace: traces[n]!.id,
        rating: -1,
        correction: 'spam',
      }));
      await stores.traces.appendFeedback('mail', [...feedback].reverse());
      expect(await all(stores.traces.readFeedback('mail', {from: START, to: START + 5 * HOUR}))).toEqual(
        feedback,
      );
      const window = {from: START + HOUR, to: START + 2 * HOUR};
      expect((await all(stores.traces.readFeedback('mail', window))).map(({id}) => id)).toEqual([
        'f6',
        'f7',
        'f8',
        'f9',
        'f10',
        'f11',
      ]);
    });
  });
