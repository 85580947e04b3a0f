import {groupBy} from '../group.ts';
import {clusteredMean, type ClusteredEstimate} from './clustered.ts';
import {stratifiedMean} from './stratified.ts';

/** Mean of paired differences (candidate − stable, one an item) with its clustered standard error. */
export function pairedDifference(
  differences: readonly number[],
  clusters: readonly string[],
): ClusteredEstimate {
  return clusteredMean(differences, clusters);
}

/**
 * The same for scores of 0 and 1, whose differences are −1, 0, 1; a mean of strata's means, as stratifiedMean.
 *
 * Where few pairs differ, the plain interval is too narrow, and of no width where none does. So each stratum gets one
 * made-up pair in favour of either side, each a cluster of its own (Bonett and Price 2012, there for one stratum without
 * clusters); `value` stays the observed difference. They are no evidence of how clusters vary: the standard error is NaN
 * where a stratum has fewer than two real clusters.
 */
export function pairedBinaryDifference(
  differences: readonly number[],
  strata: readonly string[],
  clusters: readonly string[],
): {readonly observed: number; readonly adjusted: ClusteredEstimate} {
  const kinds = [...new Set(strata)];
  const made = kinds.flatMap((kind) => [
    {difference: 1, kind, cluster: `\u0000for ${kind}`},
    {difference: -1, kind, cluster: `\u0000against ${kind}`},
  ]);
  const adjusted = stratifiedMean(
    [...differences, ...made.map((pair) => pair.difference)],
    [...strata, ...made.map((pair) => pair.kind)],
    [...clusters, ...made.map((pair) => pair.cluster)],
  );
  const observed = stratifiedMean(differences, strata, clusters).value;
  const members = [...groupBy(clusters.keys(), (i) => strata[i]!).values()];
  const known = members.every((indices) => new Set(indices.map((i) => clusters[i])).size >= 2);
  return {observed, adjusted: known ? adjusted : {...adjusted, standardError: NaN}};
}
