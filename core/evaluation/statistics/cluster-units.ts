import {groupBy} from '../group.ts';
import {seededRandom} from './random.ts';

/** The items of one cluster together: what an interval counts as one. */
export interface Unit {
  readonly mean: number;
  /** Items, or what else they weigh by: tokens, bytes. */
  readonly size: number;
  /** `size`, of a large cluster cut to `unitSize`, by that: 0 … 1. */
  readonly weight: number;
}

/** Clusters that may be larger than a unit. */
const MOST_LARGER = 2;

/**
 * Clusters as units, in an order that no score has a part in: by name, then shuffled from a fixed seed. `clusters[i]` names
 * the cluster of `values[i]`, `sizes[i]` is its weight, 1 by default. Throws RangeError without values.
 */
export function clusterUnits(
  values: readonly number[],
  clusters: readonly string[],
  sizes?: readonly number[],
): Unit[] {
  if (values.length === 0) throw new RangeError('clusterUnits: expected at least one value');
  const members = [...groupBy(values.keys(), (i) => clusters[i]!)].sort(([a], [b]) => (a < b ? -1 : 1));
  const sums = members.map(([, indices]) => {
    const size = indices.reduce((sum, i) => sum + (sizes?.[i] ?? 1), 0);
    return {size, mean: indices.reduce((sum, i) => sum + values[i]! * (sizes?.[i] ?? 1), 0) / size};
  });
  const one = unitSize(sums.map(({size}) => size));
  return seededRandom('cluster-units').shuffle(
    sums.map(({mean, size}) => ({mean, size, weight: Math.min(1, size / one)})),
  );
}

/**
 * The size of the third largest cluster. What a cluster has beyond it counts as the worst that it could be (`cutShare`), so
 * one or two that stand out cost their own share and do not set the scale for all others. Of answers without a fault a bound
 * lies ln 20 ≈ 3 units below the end of the scale: cutting a third cluster would cost as much as it gains.
 */
export function unitSize(sizes: readonly number[]): number {
  const ascending = [...sizes].sort((a, b) => a - b);
  return ascending[Math.max(0, ascending.length - 1 - MOST_LARGER)]!;
}

/** The share of all items, 0 … 1, that large clusters have beyond a unit: their outcome was seen once, whatever their size. */
export function cutShare(units: readonly Unit[]): number {
  const one = units.reduce((least, {size, weight}) => Math.min(least, size / weight), Infinity);
  const all = units.reduce((sum, {size}) => sum + size, 0);
  return Math.max(0, 1 - (one * units.reduce((sum, {weight}) => sum + weight, 0)) / all);
}
