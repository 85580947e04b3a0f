import {groupBy} from '../group.ts';
import {normalQuantile} from '../statistics/normal.ts';
import {pairedBinaryDifference} from '../statistics/paired.ts';
import type {Limit} from '../statistics/power.ts';
import {wilson, type Interval} from '../statistics/proportion.ts';
import {differenceOf} from './difference-of.ts';
import type {Measure} from './measure.ts';
import {clusteredShare, SHARES_REACH} from './rate-measure.ts';

/**
 * Balanced accuracy: mean of the classes' recalls; `values` is [1 if correct else 0], `stratum` the class. Of items that
 * lack one of the declared `labels` there is none: it would be another figure under the same name.
 * The figure's interval joins the classes' Wilson intervals by MOVER (Zou and Donner 2008), so that a class without an
 * error still has an interval; the paired difference is stratified by class and clustered.
 */
export function balancedMeasure(labels: readonly string[] = []): Measure {
  return {
    better: 'higher',
    reach: SHARES_REACH,
    single: (items) => {
      const shares = [...groupBy(items, (item) => item.stratum).values()].map((members) =>
        clusteredShare(members, wilson),
      );
      const value = shares.reduce((sum, share) => sum + share.value, 0) / shares.length;
      const two = joined(shares.map((share) => ({value: share.value, ...share.two})));
      const one = joined(shares.map((share) => ({value: share.value, ...share.one})));
      return {value, ...two, lower: one.low, upper: one.high, n: items.length};
    },
    detectable: (items, limit) =>
      detectableBalanced(
        limit,
        [...groupBy(items, (item) => item.stratum).values()].map(
          (members) => clusteredShare(members, wilson).worth,
        ),
      ),
    difference: (pairs) => {
      const {observed, adjusted} = pairedBinaryDifference(
        pairs.map((pair) => pair.candidate[0]! - pair.stable[0]!),
        pairs.map((pair) => pair.stratum),
        pairs.map((pair) => pair.cluster),
      );
      return differenceOf(adjusted, SHARES_REACH, observed, pairs.length);
    },
    lack: (items) => {
      const there = new Set(items.map((item) => item.stratum));
      const missing = labels.filter((label) => !there.has(label));
      return missing.length === 0 ? null : `no item of ${missing.join(', ')}`;
    },
  };
}

/** MOVER's interval of the mean of independent shares. */
function joined(shares: readonly (Interval & {readonly value: number})[]): Interval {
  const mean = shares.reduce((sum, {value}) => sum + value, 0) / shares.length;
  const root = (distances: readonly number[]): number => Math.hypot(...distances) / shares.length;
  return {
    low: mean - root(shares.map(({value, low}) => value - low)),
    high: mean + root(shares.map(({value, high}) => high - value)),
  };
}

/**
 * Smallest distance from the limit that is found with power .8, for classes worth `sizes` items and of the same recall: where
 * the figure that just passes by the interval above lies z.8 of its own standard errors below the true one. Null where
 * not even a perfect sample passes.
 */
function detectableBalanced({test, limit}: Limit, sizes: readonly number[]): number | null {
  // Wilson's interval is symmetric: at most `limit` is at least 1 − limit of what is wrong.
  const least = test === 'at-least' ? limit : 1 - limit;
  const lower = (p: number): number => joined(sizes.map((n) => ({value: p, ...wilson(p * n, n, 0.9)}))).low;
  if (lower(1) < least) return null;
  const passing = smallestShare((p) => lower(p) >= least);
  const error = (p: number): number =>
    Math.sqrt(sizes.reduce((sum, n) => sum + (p * (1 - p)) / n, 0)) / sizes.length;
  const z = normalQuantile(0.8);
  return Math.max(0, smallestShare((p) => p >= passing && p - z * error(p) >= passing) - least);
}

/** Where `holds` begins to hold in 0 … 1, by bisection to 1e-9; it must hold at 1. */
function smallestShare(holds: (p: number) => boolean): number {
  let [low, high] = [0, 1];
  while (high - low > 1e-9) {
    const middle = (low + high) / 2;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
