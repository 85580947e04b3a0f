import {detectableShare} from '../statistics/detectable-share.ts';
import {clopperPearson} from '../statistics/proportion.ts';
import {boundedDifference, smallestOfDifferences} from './bounded-difference.ts';
import {clusteredShare, smallestOfShare} from './clustered-share.ts';
import type {Measure} from './measure.ts';

/** What the difference of two shares can be. */
export const SHARES_REACH = [-1, 1] as const;

/** Share of items with score 1 (others 0): exact of one release, by betting of a paired difference. */
export function rateMeasure(better: 'higher' | 'lower' = 'higher'): Measure {
  const sign = better === 'higher' ? 1 : -1;
  return {
    better,
    reach: SHARES_REACH,
    method: {single: 'exact binomial over clusters', paired: 'betting over clusters'},
    single: (items) => {
      const {value, within} = clusteredShare(items);
      const one = within(0.9);
      return {value, ...within(0.95), lower: one.low, upper: one.high, n: items.length};
    },
    detectable: (items, limit) => detectableShare(limit, clusteredShare(items).worth, clopperPearson),
    difference: (pairs) =>
      boundedDifference(
        pairs.map((pair) => sign * (pair.candidate[0]! - pair.stable[0]!)),
        pairs.map((pair) => pair.cluster),
        1,
      ),
    worst: () => [better === 'higher' ? 0 : 1],
    smallest: (line) => ('limit' in line ? smallestOfShare(line) : smallestOfDifferences(line, 1)),
  };
}
