import {clusteredMean} from '../statistics/clustered.ts';
import {pairedDifference} from '../statistics/paired.ts';
import {tBounds} from '../statistics/t-interval.ts';
import {differenceOf} from './difference-of.ts';
import type {Measure} from './measure.ts';

/** Mean over items of a score on any scale (ROUGE-L, cost): clustered t intervals. `values` is [score]. */
export function meanMeasure(better: 'higher' | 'lower' = 'higher'): Measure {
  const sign = better === 'higher' ? 1 : -1;
  return {
    better,
    single: (items) =>
      tBounds(
        clusteredMean(
          items.map((item) => item.values[0]!),
          items.map((item) => item.cluster),
        ),
      ),
    difference: (pairs) =>
      differenceOf(
        pairedDifference(
          pairs.map((pair) => sign * (pair.candidate[0]! - pair.stable[0]!)),
          pairs.map((pair) => pair.cluster),
        ),
      ),
  };
}
