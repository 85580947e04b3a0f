import type {Observation} from '../../../core/evaluation/gates/measure.ts';
import type {Random} from '../../../core/evaluation/statistics/random.ts';

/** Names of the clusters of n items. */
export type Grouping = (n: number, random: Random) => string[];

export const single: Grouping = (n) => Array.from({length: n}, (_, i) => `c${i}`);

/** Clusters of one size, the last one cut. */
export const ofSize =
  (size: number): Grouping =>
  (n) =>
    Array.from({length: n}, (_, i) => `c${Math.floor(i / size)}`);

/** Nine clusters in ten are of one item, the tenth is of ten. */
export const uneven: Grouping = (n, random) => {
  const names: string[] = [];
  for (let c = 0; names.length < n; c++) {
    const size = random.next() < 0.9 ? 1 : 10;
    for (let i = 0; i < size && names.length < n; i++) names.push(`c${c}`);
  }
  return names;
};

/** `count` clusters that hold `share` of all items each; the other items are single. */
export const large =
  (count: number, share: number): Grouping =>
  (n) => {
    const size = Math.round(share * n);
    return Array.from({length: n}, (_, i) => (i < count * size ? `large ${Math.floor(i / size)}` : `c${i}`));
  };

/** Whether each item is one of a large cluster that is lost: each is, as a whole, with probability `lost`. */
export function lostTogether(clusters: readonly string[], lost: number, random: Random): boolean[] {
  const drawn = new Map<string, boolean>();
  return clusters.map((cluster) => {
    if (!cluster.startsWith('large')) return false;
    if (!drawn.has(cluster)) drawn.set(cluster, random.next() < lost);
    return drawn.get(cluster)!;
  });
}

/** Values of clustered items: with probability `together` an item has its cluster's value, else one of its own. */
export function correlated(
  clusters: readonly string[],
  together: number,
  draw: () => number,
  random: Random,
): number[] {
  const shared = new Map<string, number>();
  return clusters.map((cluster) => {
    if (!shared.has(cluster)) shared.set(cluster, draw());
    return random.next() < together ? shared.get(cluster)! : draw();
  });
}

export function observed(
  values: readonly (readonly number[])[],
  clusters: readonly string[],
  strata: readonly string[] = [],
): Observation[] {
  return values.map((of, i) => ({
    item: `i${i}`,
    cluster: clusters[i]!,
    stratum: strata[i] ?? '',
    values: of,
  }));
}

/** exp of a normal. */
export function lognormal(mean: number, deviation: number, random: Random): number {
  return Math.exp(mean + deviation * random.normal());
}
