import {ONE_SIDED, intervalsBy, unknownBounds} from '../statistics/bounds.ts';
import {clusterSums, effectiveClusters} from '../statistics/clustered.ts';
import {sortedQuantile} from '../statistics/quantile.ts';
import {normalQuantile} from '../statistics/normal.ts';
import {incompleteBeta} from '../statistics/special-functions.ts';
import type {Measure} from './measure.ts';

/**
 * A quantile over items where less is better (latency). `values` is [ms]. The figure's interval is the distribution-free
 * one between order statistics (Conover 1999 § 3.2), on the effective number of clusters: it is unbounded, NaN, where the
 * sample is too small for it. The difference is of the two quantiles; its bounds are those of the two, each with half the
 * error (Bonferroni), whatever they have to do with each other: of a 95th percentile they take 72 items. What a limit could
 * detect is not known: times spread more where they are longer, so the spread near the limit is not that of the sample.
 */
export function quantileMeasure(q: number): Measure {
  return {
    better: 'lower',
    reach: [-Infinity, Infinity],
    method: {single: 'order statistics over clusters', paired: 'order statistics of both sides'},
    detectable: () => null,
    single: (items) => {
      const of = quantileOf(
        items.map((item) => item.values[0]!),
        items.map((item) => item.cluster),
        q,
      );
      return {
        value: of.value,
        ...intervalsBy(of.below, of.above),
        n: items.length,
      };
    },
    difference: (pairs) => {
      const clusters = pairs.map((pair) => pair.cluster);
      const side = (name: 'candidate' | 'stable') =>
        quantileOf(
          pairs.map((pair) => pair[name][0]!),
          clusters,
          q,
        );
      const [candidate, stable] = [side('candidate'), side('stable')];
      const value = stable.value - candidate.value;
      const lower = (error: number): number => stable.below(error / 2) - candidate.above(error / 2);
      const upper = (error: number): number => stable.above(error / 2) - candidate.below(error / 2);
      const bounds = {
        ...unknownBounds(value, pairs.length),
        ...intervalsBy(lower, upper),
      };
      // Woodruff 1952: an interval's length by the normal quantiles that it stands for, here of both sides together.
      const standardError = (bounds.upper - bounds.lower) / (2 * normalQuantile(1 - ONE_SIDED / 2));
      return {...bounds, standardError};
    },
    smallest: ({test}) => {
      const tail = test === 'at-least' || test === 'at-most' ? ONE_SIDED : ONE_SIDED / 2;
      // Its upper bound is what an at-most gate needs, its lower one an at-least; of a difference both.
      const [under, over] = [Math.log(tail) / Math.log(1 - q), Math.log(tail) / Math.log(q)];
      return Math.ceil(
        (test === 'at-most' ? over : test === 'at-least' ? under : Math.max(under, over)) - 1e-9,
      );
    },
  };
}

interface Quantile {
  readonly value: number;
  /** What it lies under with probability at most `tail`; NaN where no item can say. */
  readonly below: (tail: number) => number;
  readonly above: (tail: number) => number;
}

function quantileOf(values: readonly number[], clusters: readonly string[], q: number): Quantile {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  const worth = effectiveClusters(
    clusterSums(
      values.map(() => 1),
      clusters,
    ),
  );
  // As of `worth` independent items, whole ones, to the careful side: a cluster may lie on both sides of the quantile.
  /** P(at most `rank` of n items lie under the quantile). */
  const atMost = (rank: number): number => binomialCdf(Math.ceil((rank / n) * worth - 1e-9), worth, q);
  /** P(at least `rank` do). */
  const atLeast = (rank: number): number =>
    1 - binomialCdf(Math.floor((rank / n) * worth + 1e-9) - 1, worth, q);
  return {
    value: sortedQuantile(sorted, q),
    below: (tail) => {
      let rank = 0;
      while (rank < n && atMost(rank) <= tail) rank++;
      return rank === 0 ? NaN : sorted[rank - 1]!;
    },
    above: (tail) => {
      let rank = n;
      while (rank > 0 && atLeast(rank) <= tail) rank--;
      return rank === n ? NaN : sorted[rank]!;
    },
  };
}

/** P(X ≤ k) for X binomial (n, q); neither need be whole. */
function binomialCdf(k: number, n: number, q: number): number {
  if (k < 0) return 0;
  return k >= n ? 1 : incompleteBeta(1 - q, n - k, k + 1);
}
