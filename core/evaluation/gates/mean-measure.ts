import {clusteredMean} from '../statistics/clustered.ts';
import {pairedDifference} from '../statistics/paired.ts';
import {tBounds} from '../statistics/t-interval.ts';
import {differenceOf} from './difference-of.ts';
import type {Measure} from './measure.ts';

/**
 * Mean over items of a score (ROUGE-L, cost): clustered t intervals, cut to the range that the score can have.
 * `values` is [score].
 */
export function meanMeasure(
  better: 'higher' | 'lower' = 'higher',
  [least, most]: readonly [number, number] = [-Infinity, Infinity],
): Measure {
  const sign = better === 'higher' ? 1 : -1;
  return {
    better,
    single: (items) => {
      const bounds = tBounds(
        clusteredMean(
          items.map((item) => item.values[0]!),
          items.map((item) => item.cluster),
        ),
      );
      const cut = (value: number): number => Math.min(most, Math.max(least, value));
      return {
        ...bounds,
        low: cut(bounds.low),
        high: cut(bounds.high),
        lower: cut(bounds.lower),
        upper: cut(bounds.upper),
      };
    },
    difference: (pairs) =>
      differenceOf(
        pairedDifference(
          pairs.map((pair) => sign * (pair.candidate[0]! - pair.stable[0]!)),
          pairs.map((pair) => pair.cluster),
        ),
      ),
  };
}
