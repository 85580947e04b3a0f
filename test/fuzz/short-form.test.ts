import {describe, expect, test} from 'vitest';
import {grow, growthFault, type Measure} from '../../scripts/fuzz/measure.ts';
import {knownShapes, randomShapes, textOf} from '../../scripts/fuzz/shapes.ts';
import {SURFACES} from '../../scripts/fuzz/surfaces.ts';

/**
 * `npm run fuzz`, short: every surface once over each kind of shape, and where that takes long, once more over a quarter of it.
 * What takes the square of its length takes half a minute here.
 */
const LENGTH = 120_000;
/** Of the processor's time, in seconds; what is linear takes a tenth, on a machine that does nothing else. */
const LONG_S = 8;

async function secondsOf(work: (text: string) => unknown, text: string): Promise<number> {
  const before = process.threadCpuUsage();
  await work(text);
  const {user, system} = process.threadCpuUsage(before);
  return (user + system) / 1e6;
}

/** What has been found slow, where it was. */
const FOUND: readonly (readonly [surface: string, unit: string])[] = [
  ['a text', '\u0301\u0316'],
  ['a text', '\u0316\u0301\u200d'],
  ['a mail as text', '--\na\n'],
  ['a mail as text', '-- \n'],
  ['HTML', '<a>'],
  ['HTML', '<ul><li>'],
  ['HTML', '<td><li>'],
  ['a mail’s HTML', '<a>'],
  ['a mail’s parts', '--b\nContent-Type: multipart/mixed; boundary=b\n\n'],
  ['a conversation', '012 345 6789 '],
  ['tool calls', '\\"'],
  ['a message', 'a@b.co '],
  ['a streamed answer', '日'],
  ['a streamed answer', '012 345 6789 '],
  ['JSON’s bounds', '[1,'],
];

describe('time grows as a text does', () => {
  test.each(FOUND)('%s of %j', async (surface, unit) => {
    const work = SURFACES[surface]!;
    const text = textOf({name: '', head: 'a', unit, tail: ''}, LENGTH);
    const seconds = await secondsOf(work, text);
    if (seconds < LONG_S / 8) return;
    expect(seconds).toBeLessThan(LONG_S);
    const quarter = await secondsOf(work, text.slice(0, LENGTH / 4));
    expect(growthFault([LENGTH / 4, LENGTH], [1000 * quarter, 1000 * seconds])).toBeNull();
  });
});

test.each([
  ['a mail as text', /./],
  ['a message', /./],
  ['a mail’s HTML', /^(?:tags|entities|white space|combining marks)/],
])('%s takes seconds of no known shape', async (surface, kinds) => {
  for (const shape of knownShapes().filter(({name}) => kinds.test(name)))
    expect(await secondsOf(SURFACES[surface]!, textOf(shape, 20_000)), shape.name).toBeLessThan(LONG_S);
});

test('growth is at fault where it is beyond the length’s, and not where it is noise', () => {
  expect(growthFault([10, 40], [100, 400])).toBeNull();
  expect(growthFault([10, 40], [100, 1600])).toBe('16.0 times for 4 times the length');
  expect(growthFault([10, 40], [1, 100])).toBeNull();
  expect(growthFault([10, 20], [500, 2000])).toBe('4.0 times for 2 times the length');
  expect(growthFault([10, 20], [500, 1100])).toBeNull();
});

test('shapes come from their seed, and texts have the length that is asked for', () => {
  expect(randomShapes(20, 'a')).toEqual(randomShapes(20, 'a'));
  expect(randomShapes(20, 'a')).not.toEqual(randomShapes(20, 'b'));
  for (const shape of [...knownShapes(), ...randomShapes(50, 'a')])
    expect(textOf(shape, 1000)).toHaveLength(1000);
});

test('one run that took long is measured again, what takes long each time is a fault', async () => {
  const of = async (...times: number[]): Promise<string | null> => {
    const measure: Measure = () => Promise.resolve({status: 'done', value: times.shift()!});
    return (await grow(measure, 'a text', knownShapes()[0]!, [100_000, 400_000])).fault;
  };
  expect(await of(30, 900, 90)).toBeNull();
  expect(await of(30, 900, 900, 900, 3600)).toBe('30.0 times for 4 times the length');
  // At twice the length it is refused, which says nothing…
  expect(await of(30, 900, 900, 900, 1)).toBe('30.0 times for 4 times the length');
  // …or takes no longer: the step was not the text's.
  expect(await of(30, 900, 900, 900, 700)).toBeNull();
});
