import {ONE_SIDED, intervalsBy, unknownBounds} from '../statistics/bounds.ts';
import {unitSize} from '../statistics/cluster-units.ts';
import {sortedQuantile} from '../statistics/quantile.ts';
import {normalQuantile} from '../statistics/normal.ts';
import {incompleteBeta} from '../statistics/special-functions.ts';
import type {Measure} from './measure.ts';

/**
 * A quantile over items where less is better (latency). `values` is [ms]. The figure's interval is the distribution-free
 * one between order statistics (Conover 1999 § 3.2), on as many items as there are units of clusters: it is unbounded, NaN,
 * where the sample is too small for it. The difference is of the two quantiles; its bounds are those of the two, each with half the
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
  const n = values.length;
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const sorted = Float64Array.from(order, (i) => values[i]!);
  const {units, worth, cut} = unitsUnder(order.map((i) => clusters[i]!));
  // As of `worth` independent items, whole ones, to the careful side: a cluster may lie on both sides of the quantile, and
  // what is cut of large clusters may all lie on one.
  /** P(at most `rank` of n items lie under the quantile): 1 of n. */
  const atMost = (rank: number): number =>
    binomialCdf(Math.ceil(units[rank]! - 1e-9), worth, (q - cut) / (1 - cut));
  /** P(at least `rank` do): 1 of 0. */
  const atLeast = (rank: number): number =>
    1 - binomialCdf(Math.floor(units[rank]! + 1e-9) - 1, worth, q / (1 - cut));
  return {
    value: sortedQuantile(sorted, q),
    below: (tail) => {
      let rank = 0;
      while (atMost(rank) <= tail) rank++;
      return rank === 0 ? NaN : sorted[rank - 1]!;
    },
    above: (tail) => {
      let rank = n;
      while (atLeast(rank) <= tail) rank--;
      return rank === n ? NaN : sorted[rank]!;
    },
  };
}

/** `units[rank]`: what the first `rank` items are worth, each its share of its cluster's unit; `cut`: the share beyond units. */
function unitsUnder(clusters: readonly string[]): {units: number[]; worth: number; cut: number} {
  const sizes = new Map<string, number>();
  for (const name of clusters) sizes.set(name, (sizes.get(name) ?? 0) + 1);
  const one = unitSize([...sizes.values()]);
  const units = [0];
  clusters.forEach((name, i) => units.push(units[i]! + 1 / Math.max(one, sizes.get(name)!)));
  const worth = units.at(-1)!;
  return {units, worth, cut: Math.max(0, 1 - (worth * one) / clusters.length)};
}

/** P(X ≤ k) for X binomial (n, q); neither need be whole, and q counts as 0 below 0, as 1 above 1. */
function binomialCdf(k: number, n: number, q: number): number {
  if (k < 0) return 0;
  return k >= n ? 1 : incompleteBeta(1 - q, n - k, k + 1);
}
