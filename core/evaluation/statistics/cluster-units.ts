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

/** Clusters larger than a unit hold at most this share of all items. */
const IN_LARGER = 0.05;

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
 * The smallest size such that larger clusters hold at most 5 % of all items: the largest one where no few clusters stand
 * out, the common one where a few do. Theirs is then one unit's weight each, so that they do not set the scale for all.
 */
export function unitSize(sizes: readonly number[]): number {
  const ascending = [...sizes].sort((a, b) => a - b);
  const all = ascending.reduce((sum, size) => sum + size, 0);
  let larger = 0;
  for (let i = ascending.length - 1; i > 0; i--) {
    larger += ascending[i]!;
    if (larger > IN_LARGER * all) return ascending[i]!;
  }
  return ascending[0]!;
}
