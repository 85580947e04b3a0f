import {clusterBootstrap, sortedQuantile} from '../statistics/bootstrap.ts';
import {seededRandom} from '../statistics/random.ts';
import {incompleteBeta} from '../statistics/special-functions.ts';
import type {Measure} from './measure.ts';

const RESAMPLES = 1000;

/**
 * A quantile over items where less is better (latency). `values` is [ms]. The figure's interval is the distribution-free
 * one between order statistics (Conover 1999 § 3.2): it is unbounded, NaN, where the sample is too small for it.
 * The difference is of the two quantiles, by a paired bootstrap. What a limit could detect is not known: times spread more
 * where they are longer, so the spread near the limit is not that of the sample.
 */
export function quantileMeasure(q: number): Measure {
  const quantile = (values: readonly number[]): number => sortedQuantile(Float64Array.from(values).sort(), q);
  return {
    better: 'lower',
    reach: [-Infinity, Infinity],
    detectable: () => null,
    single: (items) => {
      const sorted = Float64Array.from(items.map((item) => item.values[0]!)).sort();
      return {
        value: sortedQuantile(sorted, q),
        low: below(sorted, q, 0.025),
        high: above(sorted, q, 0.025),
        lower: below(sorted, q, 0.05),
        upper: above(sorted, q, 0.05),
        n: sorted.length,
      };
    },
    difference: (pairs) => {
      const drawn = clusterBootstrap(
        pairs,
        pairs.map((pair) => pair.item),
        (sample) =>
          quantile(sample.map((pair) => pair.stable[0]!)) -
          quantile(sample.map((pair) => pair.candidate[0]!)),
        RESAMPLES,
        seededRandom('quantile-measure'),
      );
      const at = (p: number): number => (pairs.length > 1 ? drawn.quantile(p) : NaN);
      return {
        value: drawn.value,
        low: at(0.025),
        high: at(0.975),
        lower: at(0.05),
        upper: at(0.95),
        n: pairs.length,
        standardError: drawn.standardError,
        df: Infinity,
      };
    },
  };
}

/** P(X ≤ k) for X binomial (n, q). */
function binomialCdf(k: number, n: number, q: number): number {
  if (k < 0) return 0;
  return k >= n ? 1 : incompleteBeta(1 - q, n - k, k + 1);
}

/** The largest order statistic that the quantile lies under with probability at most `tail`. */
function below(sorted: Float64Array, q: number, tail: number): number {
  const n = sorted.length;
  let rank = 0;
  while (rank < n && binomialCdf(rank, n, q) <= tail) rank++;
  return rank === 0 ? NaN : sorted[rank - 1]!;
}

/** The smallest order statistic that the quantile lies over with probability at most `tail`. */
function above(sorted: Float64Array, q: number, tail: number): number {
  const n = sorted.length;
  let rank = n;
  while (rank > 0 && 1 - binomialCdf(rank - 1, n, q) <= tail) rank--;
  return rank === n ? NaN : sorted[rank]!;
}
