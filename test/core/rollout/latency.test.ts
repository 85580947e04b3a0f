import {describe, expect, it} from 'vitest';
import {seededRandom} from '../../../core/evaluation/statistics/random.ts';
import {
  latencyBlock,
  leastFor,
  percentile,
  percentileBounds,
  ratioInterval,
} from '../../../core/rollout/latency.ts';

const many = (n: number, make: (i: number) => number): number[] => Array.from({length: n}, (_, i) => make(i));

describe('percentileBounds', () => {
  it('needs as many answers as may all lie below the percentile by chance', () => {
    expect([leastFor(0.05, 0.95), leastFor(0.025, 0.95), leastFor(0.025, 0.5)]).toEqual([59, 72, 6]);
    expect(() => percentileBounds([1, 2, 3], {of: 0.95, worth: 71, error: 0.025})).toThrow(
      'expected 72 answers, got 71',
    );
  });

  it('gives the order statistics of a binomial of .95', () => {
    // Of 100, one-sided 2.5 %: P(X ≤ 90) = .0282 > .025 ≥ P(X ≤ 89) = .0115, P(X ≤ 98) = .9629 < .975 ≤ P(X ≤ 99) = .9941.
    const values = many(100, (i) => 100 - i);
    expect(percentileBounds(values, {of: 0.95, worth: 100, error: 0.025})).toEqual({low: 90, high: 100});
    // 1000 answers that count as 100: the same shares of them.
    const more = many(1000, (i) => i + 1);
    expect(percentileBounds(more, {of: 0.95, worth: 100, error: 0.025})).toEqual({low: 900, high: 1000});
    // Counted one by one they say more.
    expect(percentileBounds(more, {of: 0.95, worth: 1000, error: 0.025})).toEqual({low: 936, high: 964});
  });

  it('takes the smallest and the largest of as few answers as there may be', () => {
    // Of 6, one-sided 2.5 %: P(X = 0) = 1 - P(X ≤ 5) = .0156, P(X ≤ 1) = .1094.
    const values = [5, 3, 6, 1, 4, 2];
    expect(percentileBounds(values, {of: 0.5, worth: 6, error: 0.025})).toEqual({low: 1, high: 6});
  });

  it('hold the percentile of any distribution about as often as they say', () => {
    const random = seededRandom('p95');
    let [below, above] = [0, 0];
    const runs = 1000;
    for (let run = 0; run < runs; run++) {
      const {low, high} = percentileBounds(
        many(200, () => random.normal() ** 3),
        {of: 0.95, worth: 200, error: 0.05},
      );
      if (high < 1.6448536 ** 3) below++;
      if (low > 1.6448536 ** 3) above++;
    }
    // 5 % at most, and the chance of more than 71 of 1000 is .1 %.
    expect(below).toBeLessThanOrEqual(71);
    expect(above).toBeLessThanOrEqual(71);
    expect(below + above).toBeGreaterThan(30);
  });
});

describe('latencyBlock', () => {
  const random = seededRandom('blocks');

  it('is 1 where answers say nothing of the next', () => {
    expect(
      latencyBlock(
        many(400, () => Math.exp(random.normal())),
        0.95,
      ),
    ).toBe(1);
    expect(
      latencyBlock(
        many(400, () => 100),
        0.95,
      ),
    ).toBe(1);
  });

  it('spans the stretches that share their load', () => {
    let load = 0;
    const stretches = many(
      800,
      (i) => (i % 20 === 0 ? (load = random.normal()) : load) + 0.3 * random.normal(),
    );
    const block = latencyBlock(stretches, 0.95);
    expect(block).toBeGreaterThanOrEqual(20);
    expect(block).toBeLessThanOrEqual(60);
  });

  it('spans stretches that the slowest answers do not show', () => {
    let load = 0;
    const of = many(400, (i) => {
      if (i % 20 === 0) load = random.next();
      return i % 17 === 3 ? 100 : load + 0.01 * random.next();
    });
    expect(latencyBlock(of, 0.95)).toBeGreaterThanOrEqual(15);
  });

  it('sees rare slow stretches among answers that otherwise tell nothing', () => {
    const rare = many(1000, (i) => (i % 250 < 12 ? 5000 : 100) * (1 + 0.1 * random.next()));
    expect(latencyBlock(rare, 0.95)).toBeGreaterThanOrEqual(12);
  });
});

it('a ratio adds the distances of both sides on the scale of logarithms', () => {
  const {low, high} = ratioInterval({value: 100, low: 50, high: 100}, {value: 200, low: 200, high: 800});
  expect(low).toBeCloseTo(2, 9);
  expect(high).toBeCloseTo(2 * Math.exp(Math.hypot(Math.log(4), Math.log(2))), 9);
  expect(
    percentile(
      many(21, (i) => i),
      0.95,
    ),
  ).toBe(19);
});
