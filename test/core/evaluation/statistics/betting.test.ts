import {describe, expect, test} from 'vitest';
import {bettingBounds, lowerBound, unitsToShow} from '../../../../core/evaluation/statistics/betting.ts';
import {
  clusterUnits,
  cutShare,
  unitSize,
  type Unit,
} from '../../../../core/evaluation/statistics/cluster-units.ts';

const units = (values: readonly number[]): Unit[] => values.map((mean) => ({mean, size: 1, weight: 1}));

/**
 * Expected bounds: the largest m that betting_mart (theta = 1, trunc_scale = .9, lambda_predmix_eb with fixed_n) of the authors'
 * package confseq takes to 1/alpha at any time, by bisection in numpy, to 12 digits.
 */
describe('agrees with confseq', () => {
  test('60 scores over the whole range', () => {
    const scores = Array.from({length: 60}, (_, i) => ((i * 37) % 101) / 101);
    const bounds = bettingBounds(units(scores), [0, 1], 60);
    expect(bounds.value).toBeCloseTo(0.4902640264026402, 12);
    expect(bounds.lower).toBeCloseTo(0.40535689333121927, 8);
    expect(bounds.low).toBeCloseTo(0.39550593744077434, 8);
    expect(bounds.upper).toBeCloseTo(0.585304480104247, 8);
    expect(bounds.high).toBeCloseTo(0.5954930059920664, 8);
  });

  test('39 perfect scores of 40: nothing but the end of the range lies above', () => {
    const scores = Array.from({length: 40}, (_, i) => (i === 28 ? 0 : 1));
    const bounds = bettingBounds(units(scores), [0, 1], 40);
    expect(bounds.lower).toBeCloseTo(0.8875394509731189, 8);
    expect(bounds.low).toBeCloseTo(0.8639593608431322, 8);
    expect(bounds.upper).toBe(1);
  });

  test('a range of another width moves and stretches the same bounds', () => {
    const scores = Array.from({length: 60}, (_, i) => ((i * 37) % 101) / 101);
    const bounds = bettingBounds(units(scores.map((x) => 4 * x - 2)), [-2, 2], 60);
    expect(bounds.lower).toBeCloseTo(4 * 0.40535689333121927 - 2, 7);
    expect(bounds.upper).toBeCloseTo(4 * 0.585304480104247 - 2, 7);
  });
});

test('units of other weights: the same bets on weighted sums, by bisection in Python', () => {
  const weighted = Array.from({length: 60}, (_, i) => ({
    x: ((i * 37) % 101) / 101,
    weight: i % 3 === 0 ? 1 : 0.25,
  }));
  expect(lowerBound(weighted, 0.05)).toBeCloseTo(0.4022823020445338, 8);
});

test('light units that come before heavy ones that lose are not all there is: the end counts, by bisection in Python', () => {
  const light = Array.from({length: 100}, () => ({x: 0.5, weight: 0.25}));
  const heavy = Array.from({length: 5}, () => ({x: 0, weight: 1}));
  expect(lowerBound([...light, ...heavy], 0.05)).toBeCloseTo(0.301180481141002, 8);
});

describe('what it takes', () => {
  test('68 pairs without a difference show that no more than .05 is lost, 67 do not', () => {
    expect(unitsToShow(0.5, 0.475)).toBe(68);
    const lower = (n: number) => bettingBounds(units(new Array<number>(n).fill(0)), [-1, 1], n).lower;
    expect(lower(68)).toBeGreaterThan(-0.05);
    expect(lower(67)).toBeLessThan(-0.05);
  });
  test('no number shows a mean above the scores, one is enough below the range', () => {
    expect(unitsToShow(0.5, 0.5)).toBe(Infinity);
    expect(unitsToShow(0.5, 0)).toBe(1);
    expect(unitsToShow(0.5, -0.2)).toBe(1);
  });
  test('one unit, or a range without an end, leaves the bounds unknown', () => {
    expect(bettingBounds(units([1]), [0, 1], 1)).toMatchObject({value: 1, lower: NaN, upper: NaN});
    expect(bettingBounds(units([1, 2, 3]), [0, Infinity], 3).upper).toBeNaN();
    expect(bettingBounds(units([0, 0]), [0, 0], 2)).toMatchObject({lower: 0, upper: 0});
  });
});

describe('clusters', () => {
  const names = (sizes: readonly number[]): string[] =>
    sizes.flatMap((n, c) => new Array<string>(n).fill(`c${c}`));

  test('four times the items in the same clusters show no more', () => {
    const one = clusterUnits(new Array<number>(60).fill(0), names(new Array<number>(60).fill(1)));
    const four = clusterUnits(new Array<number>(240).fill(0), names(new Array<number>(60).fill(4)));
    expect(bettingBounds(four, [-1, 1], 240).lower).toBe(bettingBounds(one, [-1, 1], 60).lower);
  });
  test('the order has nothing to do with the scores or the items’ order', () => {
    const clusters = names([1, 2, 3, 1, 1, 2]);
    const scores = clusters.map((_, i) => (i % 3) / 2);
    const [forth, back] = [
      clusterUnits(scores, clusters),
      clusterUnits([...scores].reverse(), [...clusters].reverse()),
    ];
    expect(back).toEqual(forth);
    expect(forth.map(({size}) => size).sort()).toEqual([1, 1, 1, 2, 2, 3]);
  });
  test('a unit is as large as the third largest cluster', () => {
    expect(unitSize([4, 4, 4])).toBe(4);
    expect(unitSize([...new Array<number>(190).fill(1), 10])).toBe(1);
    expect(unitSize([1, 10, 20, 5, 1])).toBe(5);
    expect(unitSize([7])).toBe(7);
  });
  describe('a cluster of 10 in 200, whose weight is cut to one item’s', () => {
    const clusters = names([...new Array<number>(190).fill(1), 10]);
    const of = (large: number): Unit[] =>
      clusterUnits(
        clusters.map((name) => (name === 'c190' ? large : 0)),
        clusters,
      );
    const bounds = (large: number) => bettingBounds(of(large), [-1, 1], 200);
    test('counts as lost for the lower bound, as won for the upper one, but for one item', () => {
      const cut = 9 / 200;
      expect(cutShare(of(0))).toBeCloseTo(cut, 12);
      const rest = bettingBounds(units(new Array<number>(191).fill(0)), [-1, 1], 191).lower;
      expect(bounds(0).lower).toBeCloseTo((1 - cut) * rest - cut, 10);
      expect(bounds(0).upper).toBeCloseTo(-bounds(0).lower, 10);
    });
    test('that did lose is in the figure, and within the bounds', () => {
      expect(bounds(-1).value).toBeCloseTo(-0.05, 12);
      expect(bounds(-1).lower).toBeLessThan(bounds(0).lower);
      expect(bounds(1).upper).toBeGreaterThan(bounds(0).upper);
      expect(bounds(1).value).toBeCloseTo(0.05, 12);
    });
  });
  test('clusters of one size leave nothing out', () => {
    expect(cutShare(clusterUnits(new Array<number>(30).fill(1), names(new Array<number>(10).fill(3))))).toBe(
      0,
    );
  });
});
