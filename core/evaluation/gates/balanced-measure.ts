import {groupBy} from '../group.ts';
import {pairedBinaryDifference} from '../statistics/paired.ts';
import {wilson, type Interval} from '../statistics/proportion.ts';
import {differenceOf} from './difference-of.ts';
import type {Measure} from './measure.ts';
import {clusteredShare} from './rate-measure.ts';

/**
 * Balanced accuracy: mean of the classes' recalls; `values` is [1 if correct else 0], `stratum` the class.
 * The figure's interval joins the classes' Wilson intervals by MOVER (Zou and Donner 2008), so that a class without an
 * error still has an interval; the paired difference is stratified by class and clustered.
 */
export function balancedMeasure(): Measure {
  return {
    better: 'higher',
    single: (items) => {
      const classes = groupBy(items, (item) => item.stratum);
      const shares = [...classes.values()].map((members) => clusteredShare(members, wilson));
      const value = shares.reduce((sum, share) => sum + share.value, 0) / shares.length;
      const joined = (pick: (share: (typeof shares)[number]) => Interval): Interval => {
        const root = (distance: (share: (typeof shares)[number]) => number): number =>
          Math.sqrt(shares.reduce((sum, share) => sum + distance(share) ** 2, 0)) / shares.length;
        return {
          low: value - root((share) => share.value - pick(share).low),
          high: value + root((share) => pick(share).high - share.value),
        };
      };
      const one = joined((share) => share.one);
      return {value, ...joined((share) => share.two), lower: one.low, upper: one.high, n: items.length};
    },
    difference: (pairs) => {
      const {observed, adjusted} = pairedBinaryDifference(
        pairs.map((pair) => pair.candidate[0]! - pair.stable[0]!),
        pairs.map((pair) => pair.stratum),
        pairs.map((pair) => pair.cluster),
      );
      return differenceOf(adjusted, observed, pairs.length);
    },
  };
}
