import type {Random} from './random.ts';

export interface PermutationResult {
  readonly observed: number;
  /** (1 + number of permutations at least as extreme) / (1 + permutations): never 0 (Phipson and Smyth 2010). */
  readonly p: number;
}

/**
 * Two independent samples: `statistic` of the pooled items re-dealt into groups of the same sizes; large = different.
 * @example permutationTest(a, b, ksStatistic, 999, seededRandom(7)).p
 */
export function permutationTest<T>(
  a: readonly T[],
  b: readonly T[],
  statistic: (a: T[], b: T[]) => number,
  permutations: number,
  random: Random,
): PermutationResult {
  const observed = statistic([...a], [...b]);
  const pooled = [...a, ...b];
  let extreme = 0;
  for (let i = 0; i < permutations; i++) {
    random.shuffle(pooled);
    if (statistic(pooled.slice(0, a.length), pooled.slice(a.length)) >= observed - 1e-12) extreme++;
  }
  return {observed, p: (1 + extreme) / (1 + permutations)};
}

/**
 * Paired differences, sign-flipped a cluster at a time: is their mean 0? Two-sided. `clusters[i]` names the cluster of
 * `differences[i]`; items of one cluster flip together, since they are not exchangeable one by one.
 */
export function pairedPermutationTest(
  differences: readonly number[],
  clusters: readonly string[],
  permutations: number,
  random: Random,
): PermutationResult {
  const sums = new Map<string, number>();
  differences.forEach((d, i) => sums.set(clusters[i]!, (sums.get(clusters[i]!) ?? 0) + d));
  const totals = [...sums.values()];
  const observed = totals.reduce((sum, total) => sum + total, 0) / differences.length;
  let extreme = 0;
  for (let i = 0; i < permutations; i++) {
    let sum = 0;
    for (const total of totals) sum += random.next() < 0.5 ? total : -total;
    if (Math.abs(sum / differences.length) >= Math.abs(observed) - 1e-12) extreme++;
  }
  return {observed, p: (1 + extreme) / (1 + permutations)};
}
