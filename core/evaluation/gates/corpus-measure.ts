import {clusterBootstrap, type BootstrapResult} from '../statistics/bootstrap.ts';
import {clusterSums, effectiveClusters} from '../statistics/clustered.ts';
import {detectableByError} from '../statistics/power.ts';
import {seededRandom} from '../statistics/random.ts';
import type {Bounds} from '../statistics/t-interval.ts';
import {unvariedBounds} from '../statistics/unvaried.ts';
import type {Measure, Scored} from './measure.ts';

const RESAMPLES = 1000;

/**
 * A figure of the whole corpus that is no mean of items (corpus BLEU, chrF): `values` are counts that add up. Intervals by
 * the bootstrap over clusters, paired where it is a difference (Koehn 2004), percentile, from a fixed seed. Where every
 * resample scores the same, by unvariedBounds over `range`, the least and the most that the figure can be.
 */
export function corpusMeasure(
  score: (summed: readonly number[]) => number,
  width: number,
  range: readonly [number, number] = [-Infinity, Infinity],
): Measure {
  const reach = [range[0] - range[1], range[1] - range[0]] as const;
  const sum = (rows: readonly (readonly number[])[]): number[] => {
    const total = new Array<number>(width).fill(0);
    for (const row of rows) for (let i = 0; i < width; i++) total[i]! += row[i]!;
    return total;
  };
  const resample = (items: readonly Scored[]): BootstrapResult =>
    clusterBootstrap(
      items.map((item) => item.values),
      items.map((item) => item.cluster),
      (rows) => score(sum(rows)),
      RESAMPLES,
      seededRandom('corpus-measure/single'),
    );
  return {
    better: 'higher',
    reach,
    single: (items) => bounds(resample(items), items, range),
    detectable: (items, limit) =>
      detectableByError({standardError: resample(items).standardError, df: Infinity}, limit, range),
    difference: (pairs) => {
      const drawn = clusterBootstrap(
        pairs,
        pairs.map((pair) => pair.cluster),
        (sample) =>
          score(sum(sample.map((pair) => pair.candidate))) - score(sum(sample.map((pair) => pair.stable))),
        RESAMPLES,
        seededRandom('corpus-measure/difference'),
      );
      return {...bounds(drawn, pairs, reach), standardError: drawn.standardError, df: Infinity};
    },
  };
}

function bounds(
  {value, standardError, quantile}: BootstrapResult,
  items: readonly {readonly cluster: string}[],
  range: readonly [number, number],
): Bounds {
  const n = items.length;
  const sizes = clusterSums(
    items.map(() => 1),
    items.map((item) => item.cluster),
  );
  if (sizes.length < 2) return {value, low: NaN, high: NaN, lower: NaN, upper: NaN, n};
  if (standardError === 0) return unvariedBounds(value, effectiveClusters(sizes), range, n);
  return {
    value,
    low: quantile(0.025),
    high: quantile(0.975),
    lower: quantile(0.05),
    upper: quantile(0.95),
    n,
  };
}
