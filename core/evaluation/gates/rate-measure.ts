import {clusteredMean} from '../statistics/clustered.ts';
import {pairedBinaryDifference} from '../statistics/paired.ts';
import {clopperPearson, effectiveSampleSize, wilson, type Interval} from '../statistics/proportion.ts';
import {differenceOf} from './difference-of.ts';
import type {Measure, Scored} from './measure.ts';

/**
 * Share of items with score 1 (others 0). Intervals on the effective sample size of the clusters (Korn and Graubard 1998):
 * Wilson's for qualities, the exact Clopper–Pearson for harms, where 0 of n must not read as "never".
 */
export function rateMeasure(better: 'higher' | 'lower' = 'higher'): Measure {
  const sign = better === 'higher' ? 1 : -1;
  const interval = better === 'higher' ? wilson : clopperPearson;
  return {
    better,
    single: (items) => {
      const {value, two, one} = clusteredShare(items, interval);
      return {value, ...two, lower: one.low, upper: one.high, n: items.length};
    },
    difference: (pairs) => {
      const {observed, adjusted} = pairedBinaryDifference(
        pairs.map((pair) => sign * (pair.candidate[0]! - pair.stable[0]!)),
        pairs.map(() => ''),
        pairs.map((pair) => pair.cluster),
      );
      return differenceOf(adjusted, observed, pairs.length);
    },
  };
}

/** A share with its two-sided 95 % and 90 % intervals; the latter's ends are the one-sided 95 % bounds. */
export function clusteredShare(
  items: readonly Scored[],
  interval: (successes: number, n: number, confidence?: number) => Interval,
): {readonly value: number; readonly two: Interval; readonly one: Interval} {
  const mean = clusteredMean(
    items.map((item) => item.values[0]!),
    items.map((item) => item.cluster),
  );
  const within = (confidence: number): Interval => {
    const n = Number.isNaN(mean.standardError)
      ? 1
      : effectiveSampleSize(mean.value, mean.n, mean.clusters, mean.standardError, confidence);
    return interval(mean.value * n, n, confidence);
  };
  return {value: mean.value, two: within(0.95), one: within(0.9)};
}
