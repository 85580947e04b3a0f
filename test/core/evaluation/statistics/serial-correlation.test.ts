import {describe, expect, it} from 'vitest';
import {seededRandom} from '../../../../core/evaluation/statistics/random.ts';
import {
  blockLength,
  blockLengthOf,
  ranks,
  varianceInflation,
} from '../../../../core/evaluation/statistics/serial-correlation.ts';

const random = seededRandom('serial');
const many = <T>(n: number, make: (i: number) => T): T[] => Array.from({length: n}, (_, i) => make(i));
const stretches = (n: number, length: number): number[] => {
  let level = 0;
  return many(n, (i) => (i % length === 0 ? (level = random.normal()) : level));
};

it('ranks share the mean of their places where values are equal', () => {
  expect(ranks([5, 1, 5, 9, 5, 1])).toEqual([3, 0.5, 3, 5, 3, 0.5]);
});

describe('blockLength', () => {
  it('is 1 for almost all series of independent items, of any dimension', () => {
    const longer = many(200, () => blockLengthOf(many(100, () => random.next() ** 9))).filter((n) => n > 1);
    // 1 in 160; the chance of more than 6 of 200 is .2 %.
    expect(longer.length).toBeLessThanOrEqual(6);
    const vectors = many(40, () => blockLength(many(100, () => many(20, () => random.normal()))));
    expect(vectors.filter((n) => n > 1).length).toBeLessThanOrEqual(3);
  });

  it('is 1 where nothing varies, or alternates, and of too short a series', () => {
    expect([blockLengthOf(many(50, () => 3)), blockLength(many(50, () => [0.1, 0.2]))]).toEqual([1, 1]);
    expect(blockLengthOf(many(50, (i) => i % 2))).toBe(1);
    expect(blockLengthOf([1, 1, 2])).toBe(1);
  });

  it('spans stretches of alike figures, categories and vectors', () => {
    const level = stretches(400, 10);
    expect(blockLengthOf(level)).toBeGreaterThanOrEqual(10);
    expect(blockLength(level.map((x) => (x > 0.5 ? [1, 0] : [0, 1])))).toBeGreaterThanOrEqual(8);
    // A weak share of many dimensions, which one dimension alone would not show.
    const weak = many(400, (i) =>
      many(60, (k) => 0.5 * level[(i + 7 * k) % 10 === 0 ? i : i]! * (k % 2 ? 1 : -1) + random.normal()),
    );
    expect(blockLength(weak)).toBeGreaterThanOrEqual(6);
  });

  it('is the whole series where it only goes one way', () => {
    expect(blockLengthOf(many(80, (i) => i))).toBeGreaterThan(40);
  });

  it('works on every k-th item of a long series', () => {
    const long = blockLengthOf(stretches(40_000, 100));
    expect(long).toBeGreaterThanOrEqual(80);
    expect(long).toBeLessThanOrEqual(400);
  });
});

describe('varianceInflation', () => {
  it('is 1 for independent figures, and of too few', () => {
    const larger = many(100, () => varianceInflation(many(200, () => random.next()))).filter((x) => x > 1);
    expect(larger.length).toBeLessThanOrEqual(12);
    expect(varianceInflation(many(50, () => 1))).toBe(1);
    expect(varianceInflation(stretches(15, 5))).toBe(1);
  });

  it('is about the length of stretches of equal figures', () => {
    const inflation = varianceInflation(stretches(2000, 10));
    expect(inflation).toBeGreaterThan(7);
    expect(inflation).toBeLessThan(20);
  });
});
