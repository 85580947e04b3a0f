import {describe, expect, it} from 'vitest';
import {unitMean, weightSoFar} from '../../../core/rollout/units.ts';

const many = <T>(n: number, make: (i: number) => T): T[] => Array.from({length: n}, (_, i) => make(i));

describe('weightSoFar', () => {
  it('grows with every answer: by one for a new unit, by less for one that asked before', () => {
    const of = (...units: string[]) => weightSoFar(units.map((unit) => ({unit, at: ''})));
    expect(of('a', 'b', 'c')).toEqual([1, 2, 3]);
    // 2 / 1.1 and 3 / 1.2.
    expect(of('a', 'a', 'b', 'a')).toEqual([
      1,
      expect.closeTo(1.81818, 5),
      expect.closeTo(2.81818, 5),
      expect.closeTo(3.5, 9),
    ]);
    expect(of(...many(10_000, () => 'a')).at(-1)).toBeLessThan(10);
  });
});

describe('unitMean', () => {
  const pairs = (...values: readonly (readonly [number, number, number])[]) =>
    values.flatMap(([n, one, two]) => many(n, () => [one, two])).flat();
  const units = many(40, (i) => `u${Math.floor(i / 2)}`);

  it('counts answers of different units one by one', () => {
    const mean = unitMean([1, 0, 0, 1, 1], ['a', 'b', 'c', 'd', 'e'], {worst: 1, error: 0.025});
    expect(mean).toEqual({mean: 0.6, worth: 5, units: 5, answers: 5});
  });

  it('is worth what units are seen to be, by hand', () => {
    // Twenty units of two: both went wrong for 2, one for 8, none for 10. Mean .3, variance of independent answers .21; between
    // units (2 × .49 + 8 × .04 + 10 × .09) × 20 / 19 = 2.3158, and .49 of one that did not come; squared ratio of the t
    // quantiles at .975 with 39 and 19 degrees of freedom (2.0227 / 2.0930)² = .9339. .21 × 400 / 2.8058 × .9339 = 27.96.
    const values = pairs([2, 1, 1], [8, 1, 0], [10, 0, 0]);
    const {mean, worth} = unitMean(values, units, {worst: 1, error: 0.025});
    expect(mean).toBeCloseTo(0.3, 12);
    expect(worth).toBeCloseTo(27.96, 1);
  });

  it('is worth as many answers as units where they all differ or none is seen to, and never more than answers', () => {
    expect(unitMean(pairs([6, 1, 1], [14, 0, 0]), units, {worst: 1, error: 0.025}).worth).toBeCloseTo(20, 9);
    expect(unitMean(pairs([20, 0, 0]), units, {worst: 1, error: 0.025}).worth).toBeCloseTo(20, 9);
    expect(unitMean(pairs([20, 1, 0]), units, {worst: 1, error: 0.025}).worth).toBeCloseTo(40, 9);
  });

  it('gives Kish’s number of units of different sizes', () => {
    // One unit with 30 answers weighs 30 / 3.9, ten others 1 each.
    const sizes = ['a', ...many(10, (i) => `b${i}`)].flatMap((unit, i) => many(i === 0 ? 30 : 1, () => unit));
    const w = 30 / 3.9;
    const {
      worth,
      units: count,
      answers,
    } = unitMean(
      sizes.map(() => 0),
      sizes,
      {worst: 1, error: 0.025},
    );
    expect(worth).toBeCloseTo((w + 10) ** 2 / (w * w + 10), 9);
    expect([count, answers]).toEqual([11, 40]);
  });
});
