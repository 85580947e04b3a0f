import {bettingBounds, unitsToShow} from '../statistics/betting.ts';
import {clusteredRatio} from '../statistics/clustered.ts';
import {clusterUnits} from '../statistics/cluster-units.ts';
import type {Difference, Line} from './measure.ts';

/** Mean of paired differences that lie within ± `reach`, one an item, positive = better. `sizes` are weights, 1 by default. */
export function boundedDifference(
  differences: readonly number[],
  clusters: readonly string[],
  reach: number,
  sizes: readonly number[] = differences.map(() => 1),
): Difference {
  const {standardError} = clusteredRatio(
    differences.map((difference, i) => difference * sizes[i]!),
    sizes,
    clusters,
  );
  const units = clusterUnits(differences, clusters, sizes);
  return {...bettingBounds(units, [-reach, reach], differences.length), standardError};
}

/** Pairs of such differences that a paired gate takes: all 0 where none may be lost, all `reach` where something is to be won. */
export function smallestOfDifferences(
  {test, margin}: Line & {readonly margin: number},
  reach: number,
): number {
  const scaled = (difference: number): number => (difference + reach) / (2 * reach);
  return test === 'superiority' ? unitsToShow(1, scaled(margin)) : unitsToShow(scaled(0), scaled(-margin));
}
