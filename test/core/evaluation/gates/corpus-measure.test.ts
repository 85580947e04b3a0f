import {describe, expect, it} from 'vitest';
import {corpusMeasure, type CorpusScore} from '../../../../core/evaluation/gates/corpus-measure.ts';
import type {Line, Pair, Scored} from '../../../../core/evaluation/gates/measure.ts';

/** Points for the share of right words, from `least` to `least` + 100; values are [right, all]. */
const points = (least = 0): CorpusScore => ({
  width: 2,
  range: [least, least + 100],
  score: ([right, all]) => least + (100 * right!) / all!,
  worst: ([, all]) => [0, all!],
  best: ([, all]) => [all!, all!],
});
const measure = corpusMeasure(points());

/** The first `right` of n items of one word are right; `size` items make a cluster. */
const items = (n: number, right: number, size = 1): Scored[] =>
  Array.from({length: n}, (_, i) => ({
    item: `${i}`,
    cluster: `${Math.floor(i / size)}`,
    stratum: '',
    values: [i < right ? 1 : 0, 1],
  }));

describe('the fewest items that can pass a line of a corpus figure', () => {
  // As of right and wrong answers, where a share of one cluster can be anything: ln .05 / ln (1 − gap / reach).
  it.each<[line: Line, least: number, smallest: number]>([
    [{test: 'at-least', limit: 90}, 0, 29],
    [{test: 'at-least', limit: 50}, 0, 5],
    [{test: 'at-least', limit: 10}, 0, 2],
    [{test: 'at-least', limit: 99.5}, 0, 598],
    [{test: 'at-least', limit: 5}, 0, 1],
    [{test: 'at-least', limit: 0}, 0, 1],
    [{test: 'at-least', limit: 100}, 0, Infinity],
    [{test: 'at-most', limit: 90}, 0, 2],
    [{test: 'at-most', limit: 10}, 0, 29],
    [{test: 'at-most', limit: 100}, 0, 1],
    [{test: 'at-most', limit: 0}, 0, Infinity],
    // Of a figure from −50 to 50.
    [{test: 'at-least', limit: 40}, -50, 29],
    [{test: 'at-most', limit: -40}, -50, 29],
    [{test: 'at-most', limit: 40}, -50, 2],
    // Without a difference; and with the largest, where another cluster could take twice as much.
    [{test: 'non-inferiority', margin: 10}, 0, 29],
    [{test: 'non-inferiority', margin: 50}, -50, 5],
    [{test: 'superiority', margin: 0}, 0, 5],
    [{test: 'superiority', margin: 10}, -50, 6],
    [{test: 'superiority', margin: 100}, 0, Infinity],
  ])('%j from %d points on: %d', (line, least, smallest) => {
    expect(corpusMeasure(points(least)).smallest(line)).toBe(smallest);
  });
});

describe('a corpus figure that is a share', () => {
  it.each([
    // Clopper and Pearson 1934, two-sided 90 % and 95 %: scipy.stats.beta.ppf.
    [20, 15, {lower: 54.44, upper: 89.59, low: 50.9, high: 91.34}],
    [60, 57, {lower: 87.61, upper: 98.62, low: 86.08, high: 98.96}],
  ])('has the bounds of %d items, %d of them right, but for what 1000 draws leave', (n, right, bounds) => {
    for (const size of [1, 3]) {
      const of = measure.single(items(n * size, right * size, size));
      expect(of.value).toBeCloseTo((100 * right) / n, 9);
      expect(of.n).toBe(n * size);
      for (const [name, bound] of Object.entries(bounds))
        expect(Math.abs(of[name as keyof typeof bounds] - bound), name).toBeLessThan(2);
    }
  });

  it('ends at the ends of its range: where all are right above, where none is below', () => {
    const [best, worst] = [measure.single(items(20, 20)), measure.single(items(20, 0))];
    expect([best.upper, best.high, worst.lower, worst.low]).toEqual([100, 100, 0, 0]);
    // .05^(1/20) = .8609
    expect(Math.abs(best.lower - 86.09)).toBeLessThan(1);
    expect(Math.abs(worst.upper - 13.91)).toBeLessThan(1);
  });

  describe('of which one cluster holds half', () => {
    /** 100 items of one cluster and 100 of their own; of those the first `right` are right. */
    const half = (large: 0 | 1, right: number): Scored[] =>
      items(200, 0).map((item, i) =>
        i < 100
          ? {...item, cluster: 'large', values: [large, 1]}
          : {...item, values: [i < 100 + right ? 1 : 0, 1]},
      );

    it('counts it once: the 99 others of it may be wrong, or right', () => {
      const [best, worst] = [measure.single(half(1, 100)), measure.single(half(0, 0))];
      // 101 weights add up to less than 85.1 in 5 % (gamma); 85.1 / (85.1 + 1 + 99) = .46.
      expect(Math.abs(best.lower - 46)).toBeLessThan(1.5);
      expect(Math.abs(worst.upper - 54)).toBeLessThan(1.5);
      expect([best.upper, worst.lower]).toEqual([100, 0]);
    });

    it('deviates as the other 100 do', () => {
      const pairs = half(0, 50).map(({values, ...item}): Pair => ({
        ...item,
        candidate: [...values],
        stable: [0, 1],
      }));
      const {value, standardError} = measure.difference(pairs);
      expect(value).toBeCloseTo(25, 9);
      // √(.75² · 50 + .25² · 51) / 200
      expect(Math.abs(standardError - 2.8)).toBeLessThan(0.2);
    });
  });

  it('has no bounds by a single cluster', () => {
    expect(measure.single(items(9, 5, 9))).toMatchObject({
      n: 9,
      lower: NaN,
      upper: NaN,
      low: NaN,
      high: NaN,
    });
    expect(measure.single(items(9, 5, 8)).lower).not.toBeNaN();
  });
});

describe('a difference of two corpus figures', () => {
  const pairs = (n: number, gained: number, lost: number): Pair[] =>
    Array.from({length: n}, (_, i) => ({
      item: `${i}`,
      cluster: `${i}`,
      stratum: '',
      candidate: [i >= gained && i < gained + lost ? 0 : 1, 1],
      stable: [i < gained ? 0 : 1, 1],
    }));

  it('is in points, of the candidate over stable, with the deviation of a mean', () => {
    const {value, standardError, n} = measure.difference(pairs(100, 10, 4));
    expect(value).toBeCloseTo(6, 9);
    expect(n).toBe(100);
    // Of −1, 0 and 1: √((.14 − .06²) / 100) = 3.69 points.
    expect(Math.abs(standardError - 3.69)).toBeLessThan(0.2);
  });

  // Reports of one release and another are compared: their bounds come from one seed.
  it('is the same in every version', () => {
    const uneven = Array.from({length: 12}, (_, i): Pair => ({
      item: `${i}`,
      cluster: i < 4 ? 'large' : `${i >> 1}`,
      stratum: '',
      candidate: [i % 3 === 0 ? 0 : i + 1, i + 1],
      stable: [i % 4 === 0 ? 0 : i + 1, i + 1],
    }));
    const {value, low, high, lower, upper, standardError} = measure.difference(uneven);
    expect([value, low, high, lower, upper, standardError].map((figure) => figure.toFixed(6))).toEqual([
      '-8.974359',
      '-64.961723',
      '60.055771',
      '-61.286747',
      '52.709874',
      '10.472835',
    ]);
  });

  it('mirrors when the candidate and stable change places', () => {
    const [one, other] = [measure.difference(pairs(100, 10, 4)), measure.difference(pairs(100, 4, 10))];
    expect(one.value).toBeCloseTo(-other.value, 9);
    expect(Math.abs(one.lower + other.upper)).toBeLessThan(0.5);
    expect(Math.abs(one.upper + other.lower)).toBeLessThan(0.5);
  });

  it('of like answers is none, and one more cluster may go either way', () => {
    const {value, lower, upper} = measure.difference(pairs(58, 0, 0));
    expect(value).toBe(0);
    // 1 − .05^(1/58) = .0503
    expect(Math.abs(lower + 5.03)).toBeLessThan(0.4);
    expect(Math.abs(upper - 5.03)).toBeLessThan(0.4);
  });

  it('reaches from one end to the other', () => {
    for (const least of [0, -50, 20]) expect(corpusMeasure(points(least)).reach).toEqual([-100, 100]);
    const gained = measure.difference(pairs(9, 9, 0));
    expect(gained.standardError).toBeCloseTo(0, 9);
    expect(gained.upper).toBe(100);
    expect(measure.difference(pairs(9, 0, 9)).lower).toBe(-100);
  });
});
