import {groupBy} from '../group.ts';
import {clusteredMean, clusterSums, effectiveClusters, type ClusteredEstimate} from './clustered.ts';

/**
 * Mean of the strata's means, each stratum weighing the same: balanced accuracy where the values are 1/0 for correct and
 * the strata are the classes; its paired difference where they are candidate − stable.
 *
 * Each stratum's residuals are scaled by its own C/(C−1) and summed a cluster over all strata, so that a cluster with
 * items of several classes is counted once. df by Satterthwaite over the strata's variances. A stratum with a single
 * cluster leaves the standard error unknown (NaN). Throws RangeError without values.
 */
export function stratifiedMean(
  values: readonly number[],
  strata: readonly string[],
  clusters: readonly string[],
): ClusteredEstimate {
  const members = groupBy(values.keys(), (i) => strata[i]!);
  if (members.size === 0) throw new RangeError('stratifiedMean: expected at least one value');

  const sums = new Map<string, number>();
  let value = 0;
  let known = true;
  let variances = 0;
  let satterthwaite = 0;
  for (const indices of members.values()) {
    const part = clusteredMean(
      indices.map((i) => values[i]!),
      indices.map((i) => clusters[i]!),
    );
    value += part.value / members.size;
    if (Number.isNaN(part.standardError)) {
      known = false;
      continue;
    }
    const correction = Math.sqrt(part.clusters / (part.clusters - 1));
    for (const i of indices) {
      const residual = ((values[i]! - part.value) / part.n / members.size) * correction;
      sums.set(clusters[i]!, (sums.get(clusters[i]!) ?? 0) + residual);
    }
    const variance = (part.standardError / members.size) ** 2;
    variances += variance;
    satterthwaite += variance ** 2 / part.df;
  }
  const square = [...sums.values()].reduce((sum, s) => sum + s * s, 0);
  const sizes = clusterSums(
    values.map(() => 1),
    clusters,
  );
  return {
    value,
    standardError: known ? Math.sqrt(square) : NaN,
    df: satterthwaite > 0 ? variances ** 2 / satterthwaite : sizes.length - members.size,
    n: values.length,
    clusters: sizes.length,
    effectiveClusters: effectiveClusters(sizes),
  };
}
