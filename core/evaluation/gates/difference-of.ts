import type {ClusteredEstimate} from '../statistics/clustered.ts';
import {tBounds} from '../statistics/t-interval.ts';
import type {Difference} from './measure.ts';

/**
 * A clustered estimate of a difference with its t bounds, within the `reach` of differences; `observed` replaces the value
 * where the bounds are adjusted.
 */
export function differenceOf(
  estimate: ClusteredEstimate,
  reach: readonly [number, number],
  observed = estimate.value,
  n = estimate.n,
): Difference {
  return {
    ...tBounds(estimate, reach),
    value: observed,
    n,
    standardError: estimate.standardError,
    df: estimate.df,
  };
}
