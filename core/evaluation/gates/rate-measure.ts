import {clusteredMean} from '../statistics/clustered.ts';
import {detectableShare} from '../statistics/detectable-share.ts';
import {pairedBinaryDifference} from '../statistics/paired.ts';
import {clopperPearson, effectiveSampleSize, wilson, type Interval} from '../statistics/proportion.ts';
import {differenceOf} from './difference-of.ts';
import type {Measure, Scored} from './measure.ts';

/** What the difference of two shares can be. */
export const SHARES_REACH = [-1, 1] as const;

/**
 * Share of items with score 1 (others 0). Intervals on the effective sample size of the clusters (Korn and Graubard 1998):
 * Wilson's for qualities, the exact Clopper–Pearson for harms, where 0 of n must not read as "never".
 */
export function rateMeasure(better: 'higher' | 'lower' = 'higher'): Measure {
  const sign = better === 'higher' ? 1 : -1;
  const interval = better === 'higher' ? wilson : clopperPearson;
  return {
    better,
    reach: SHARES_REACH,
    single: (items) => {
      const {value, two, one} = clusteredShare(items, interval);
      return {value, ...two, lower: one.low, upper: one.high, n: items.length};
    },
    detectable: (items, limit) => detectableShare(limit, clusteredShare(items, interval).worth, interval),
    difference: (pairs) => {
      const {observed, adjusted} = pairedBinaryDifference(
        pairs.map((pair) => sign * (pair.candidate[0]! - pair.stable[0]!)),
        pairs.map(() => ''),
        pairs.map((pair) => pair.cluster),
      );
      return differenceOf(adjusted, SHARES_REACH, observed, pairs.length);
    },
  };
}

export interface ClusteredShare {
  readonly value: number;
  /** Two-sided 95 %. */
  readonly two: Interval;
  /** Two-sided 90 %: its ends are the one-sided 95 % bounds. */
  readonly one: Interval;
  /** Independent items that decide the one-sided bounds. */
  readonly worth: number;
}

export function clusteredShare(
  items: readonly Scored[],
  interval: (successes: number, n: number, confidence?: number) => Interval,
): ClusteredShare {
  const mean = clusteredMean(
    items.map((item) => item.values[0]!),
    items.map((item) => item.cluster),
  );
  const within = (confidence: number): Interval => {
    const n = effectiveSampleSize(mean, confidence);
    return interval(mean.value * n, n, confidence);
  };
  return {value: mean.value, two: within(0.95), one: within(0.9), worth: effectiveSampleSize(mean, 0.9)};
}
