import {clusterBootstrap} from '../statistics/bootstrap.ts';
import {seededRandom} from '../statistics/random.ts';
import type {Bounds} from '../statistics/t-interval.ts';
import type {Measure} from './measure.ts';

const RESAMPLES = 1000;

/**
 * A figure of the whole corpus that is no mean of items (corpus BLEU, chrF): `values` are counts that add up. Intervals by
 * the bootstrap over clusters, paired where it is a difference (Koehn 2004), percentile, from a fixed seed.
 */
export function corpusMeasure(score: (summed: readonly number[]) => number, width: number): Measure {
  const sum = (rows: readonly (readonly number[])[]): number[] => {
    const total = new Array<number>(width).fill(0);
    for (const row of rows) for (let i = 0; i < width; i++) total[i]! += row[i]!;
    return total;
  };
  return {
    better: 'higher',
    single: (items) => {
      const {value, quantile} = clusterBootstrap(
        items.map((item) => item.values),
        items.map((item) => item.cluster),
        (rows) => score(sum(rows)),
        RESAMPLES,
        seededRandom('corpus-measure/single'),
      );
      return bounds(value, quantile, items);
    },
    difference: (pairs) => {
      const {value, standardError, quantile} = clusterBootstrap(
        pairs,
        pairs.map((pair) => pair.cluster),
        (drawn) =>
          score(sum(drawn.map((pair) => pair.candidate))) - score(sum(drawn.map((pair) => pair.stable))),
        RESAMPLES,
        seededRandom('corpus-measure/difference'),
      );
      return {...bounds(value, quantile, pairs), standardError, df: Infinity};
    },
  };
}

function bounds(
  value: number,
  quantile: (p: number) => number,
  items: readonly {readonly cluster: string}[],
): Bounds {
  const known = new Set(items.map((item) => item.cluster)).size > 1;
  const at = (p: number): number => (known ? quantile(p) : NaN);
  return {value, low: at(0.025), high: at(0.975), lower: at(0.05), upper: at(0.95), n: items.length};
}
