import {bettingBounds, unitsToShow} from '../statistics/betting.ts';
import {clusteredMean} from '../statistics/clustered.ts';
import {clusterUnits} from '../statistics/cluster-units.ts';
import type {Bounds} from '../statistics/bounds.ts';
import {detectableByBound} from '../statistics/power.ts';
import {boundedDifference, smallestOfDifferences} from './bounded-difference.ts';
import type {Measure, Scored} from './measure.ts';

/**
 * Mean over items of a score that lies in `range` (ROUGE-L, cost); a score beyond it counts as its end. `values` is [score].
 * Bounds by betting over clusters: they hold for any distribution within the range.
 */
export function meanMeasure(
  better: 'higher' | 'lower' = 'higher',
  range: readonly [number, number] = [0, 1],
): Measure {
  const sign = better === 'higher' ? 1 : -1;
  const width = range[1] - range[0];
  const cut = (score: number): number => Math.min(range[1], Math.max(range[0], score));
  const scores = (items: readonly Scored[]): number[] => items.map((item) => cut(item.values[0]!));
  const names = (items: readonly {readonly cluster: string}[]): string[] => items.map((item) => item.cluster);
  const single = (items: readonly Scored[]): Bounds =>
    bettingBounds(clusterUnits(scores(items), names(items)), range, items.length);
  return {
    better,
    reach: [-width, width],
    method: {single: 'betting over clusters', paired: 'betting over clusters'},
    single,
    detectable: (items, limit) =>
      detectableByBound(
        {...single(items), standardError: clusteredMean(scores(items), names(items)).standardError},
        limit,
        range,
      ),
    difference: (pairs) =>
      boundedDifference(
        pairs.map((pair) => sign * (cut(pair.candidate[0]!) - cut(pair.stable[0]!))),
        names(pairs),
        width,
      ),
    worst: () => [better === 'higher' ? range[0] : range[1]],
    smallest: (line) => {
      if (!('limit' in line)) return width === 0 ? Infinity : smallestOfDifferences(line, width);
      if (width === 0) return line.test === 'at-most' && line.limit >= range[1] ? 1 : Infinity;
      const scaled = (line.limit - range[0]) / width;
      return line.test === 'at-least' ? unitsToShow(1, scaled) : unitsToShow(1, 1 - scaled);
    },
  };
}
