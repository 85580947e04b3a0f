import {clusteredMean, type ClusteredEstimate} from '../statistics/clustered.ts';
import {pairedDifference} from '../statistics/paired.ts';
import {detectableByError} from '../statistics/power.ts';
import {tBounds} from '../statistics/t-interval.ts';
import {differenceOf} from './difference-of.ts';
import type {Measure, Scored} from './measure.ts';

/**
 * Mean over items of a score (ROUGE-L, cost): clustered t intervals, cut to the range that the score can have.
 * `values` is [score]. Items that all score the same are bounded by that range; without an end of it, not at all.
 */
export function meanMeasure(
  better: 'higher' | 'lower' = 'higher',
  range: readonly [number, number] = [-Infinity, Infinity],
): Measure {
  const sign = better === 'higher' ? 1 : -1;
  const width = range[1] - range[0];
  const reach = [-width, width] as const;
  const mean = (items: readonly Scored[]): ClusteredEstimate =>
    clusteredMean(
      items.map((item) => item.values[0]!),
      items.map((item) => item.cluster),
    );
  return {
    better,
    reach,
    single: (items) => tBounds(mean(items), range),
    detectable: (items, limit) => detectableByError(mean(items), limit, range),
    difference: (pairs) =>
      differenceOf(
        pairedDifference(
          pairs.map((pair) => sign * (pair.candidate[0]! - pair.stable[0]!)),
          pairs.map((pair) => pair.cluster),
        ),
        reach,
      ),
  };
}
