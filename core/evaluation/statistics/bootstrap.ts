import {groupBy} from '../group.ts';
import type {Random} from './random.ts';

export interface BootstrapResult {
  readonly value: number;
  /** Standard deviation of the resampled statistic; 0 where every resample gave the same. */
  readonly standardError: number;
  /** Percentile of the resampled statistic, 0 ≤ p ≤ 1, by linear interpolation. */
  readonly quantile: (p: number) => number;
}

/**
 * Percentile bootstrap of any statistic, whole clusters drawn with replacement (Efron 1979; Davison and Hinkley 1997
 * § 3.8): `clusters[i]` names the cluster of `items[i]`. With every item its own cluster it is the plain bootstrap.
 * Throws RangeError without items.
 */
export function clusterBootstrap<T>(
  items: readonly T[],
  clusters: readonly string[],
  statistic: (items: T[]) => number,
  resamples: number,
  random: Random,
): BootstrapResult {
  if (items.length === 0) throw new RangeError('clusterBootstrap: expected at least one item');
  const members = [...groupBy(items.keys(), (i) => clusters[i]!).values()].map((indices) =>
    indices.map((i) => items[i]!),
  );
  const drawn = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    const sample: T[] = [];
    for (let g = 0; g < members.length; g++) sample.push(...members[random.below(members.length)]!);
    drawn[r] = statistic(sample);
  }
  drawn.sort();
  const mean = drawn.reduce((sum, v) => sum + v, 0) / resamples;
  const variance = drawn.reduce((sum, v) => sum + (v - mean) ** 2, 0) / Math.max(1, resamples - 1);
  // Equal resamples leave a deviation of rounding, which is no spread.
  const rounding = resamples * Number.EPSILON * Math.max(Math.abs(drawn[0]!), Math.abs(drawn.at(-1)!));
  return {
    value: statistic([...items]),
    standardError: drawn.at(-1)! - drawn[0]! <= rounding ? 0 : Math.sqrt(variance),
    quantile: (p) => sortedQuantile(drawn, p),
  };
}

/** Quantile of an ascending array by linear interpolation (type 7, numpy's default). */
export function sortedQuantile(sorted: ArrayLike<number>, p: number): number {
  if (sorted.length === 0) throw new RangeError('sortedQuantile: expected at least one value');
  const at = (sorted.length - 1) * p;
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (at - low);
}
