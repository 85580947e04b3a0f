import type {Bounds} from './t-interval.ts';

/**
 * Bounds where all clusters agree (standard error 0): the spread is unseen, and a t interval would have no width. That none
 * of C clusters differs still allows a share of them up to 1 − α^(1/C) (the exact bound of 0 of C: Clopper and Pearson 1934),
 * and those may lie at either end of `range`. `clusters` need not be whole. NaN bounds where the range has no end.
 * @example unvariedBounds(0, 30, [-1, 1], 30).lower // −.0950
 */
export function unvariedBounds(
  value: number,
  clusters: number,
  [least, most]: readonly [number, number],
  n: number,
): Bounds {
  if (!Number.isFinite(least) || !Number.isFinite(most)) {
    return {value, low: NaN, high: NaN, lower: NaN, upper: NaN, n};
  }
  const unseen = (tail: number): number => 1 - tail ** (1 / clusters);
  const [two, one] = [unseen(0.025), unseen(0.05)];
  return {
    value,
    low: value - two * (value - least),
    high: value + two * (most - value),
    lower: value - one * (value - least),
    upper: value + one * (most - value),
    n,
  };
}
