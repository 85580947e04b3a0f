import {groupBy} from '../group.ts';
import {normalQuantile} from '../statistics/normal.ts';
import {requiredBalancedItems, type Limit} from '../statistics/power.ts';
import {clopperPearson, type Interval} from '../statistics/proportion.ts';
import {stratifiedMean} from '../statistics/stratified.ts';
import {boundedDifference, smallestOfDifferences} from './bounded-difference.ts';
import {clusteredShare, smallestOfShare, type ClusteredShare} from './clustered-share.ts';
import type {Line, Measure} from './measure.ts';
import {SHARES_REACH} from './rate-measure.ts';

/**
 * Balanced accuracy: mean of the classes' recalls; `values` is [1 if correct else 0], `stratum` the class. Of items that
 * lack one of the declared `labels` there is none: it would be another figure under the same name.
 * Each class has an interval of its own, exact of one release and by betting of a paired difference; MOVER joins them (Zou and
 * Donner 2008). Near the ends of the scale that is too narrow where classes are alike, so the bounds of one release reach at
 * least as far as the exact ones of all classes together would. Classes that share a cluster are not independent: then the
 * distances are added up.
 */
export function balancedMeasure(labels: readonly string[] = []): Measure {
  return {
    better: 'higher',
    reach: SHARES_REACH,
    method: {
      single: 'exact binomial over clusters, of each class, joined by MOVER, and of all',
      paired: 'betting over clusters, of each class, joined by MOVER',
    },
    single: (items) => {
      const shares = classesOf(items).map((members) => clusteredShare(members));
      const join = joinOf(items);
      const [two, one] = [0.95, 0.9].map((confidence) => balancedInterval(shares, join, confidence));
      const value = shares.reduce((sum, share) => sum + share.value, 0) / shares.length;
      return {value, ...two!, lower: one!.low, upper: one!.high, n: items.length};
    },
    detectable: (items, limit) =>
      detectableBalanced(
        limit,
        classesOf(items).map((members) => clusteredShare(members).worth),
        joinOf(items),
      ),
    difference: (pairs) => {
      const of = (members: typeof pairs): readonly [number[], string[]] => [
        members.map((pair) => pair.candidate[0]! - pair.stable[0]!),
        members.map((pair) => pair.cluster),
      ];
      const classes = classesOf(pairs).map((members) => boundedDifference(...of(members), 1));
      const join = joinOf(pairs);
      const two = joined(classes, join);
      const one = joined(
        classes.map(({value, lower, upper}) => ({value, low: lower, high: upper})),
        join,
      );
      const [differences, clusters] = of(pairs);
      const {value, standardError} = stratifiedMean(
        differences,
        pairs.map((pair) => pair.stratum),
        clusters,
      );
      return {value, ...two, lower: one.low, upper: one.high, n: pairs.length, standardError};
    },
    required: requiredBalancedItems,
    worst: () => [0],
    smallest: (line) => {
      const classes = Math.max(1, labels.length);
      return classes * smallestOfClass(line, Math.sqrt(classes));
    },
    lack: (items) => {
      const there = new Set(items.map((item) => item.stratum));
      const missing = labels.filter((label) => !there.has(label));
      return missing.length === 0 ? null : `no item of ${missing.join(', ')}`;
    },
  };
}

/** Items of each class: MOVER leaves of each one's distance 1/√classes where all classes are alike. */
function smallestOfClass(line: Line, root: number): number {
  if ('limit' in line) {
    const limit = line.test === 'at-least' ? 1 - root * (1 - line.limit) : root * line.limit;
    return smallestOfShare({...line, limit});
  }
  return line.test === 'superiority'
    ? smallestOfDifferences({...line, margin: 1 - root * (1 - line.margin)}, 1)
    : smallestOfDifferences({...line, margin: root * line.margin}, 1);
}

function classesOf<T extends {readonly stratum: string}>(items: readonly T[]): T[][] {
  return [...groupBy(items, (item) => item.stratum).values()];
}

type Join = (distances: readonly number[]) => number;
const independent: Join = (distances) => Math.hypot(...distances) / distances.length;
const together: Join = (distances) => distances.reduce((sum, d) => sum + d, 0) / distances.length;

/** How the classes' distances add up: a cluster with items of two classes moves both at once. */
function joinOf(items: readonly {readonly stratum: string; readonly cluster: string}[]): Join {
  const home = new Map<string, string>();
  for (const {stratum, cluster} of items) {
    if ((home.get(cluster) ?? stratum) !== stratum) return together;
    home.set(cluster, stratum);
  }
  return independent;
}

/** Interval of the mean of the classes' shares: MOVER's, widened to the exact one of as many items as they are worth together. */
function balancedInterval(shares: readonly ClusteredShare[], join: Join, confidence: number): Interval {
  const apart = joined(
    shares.map(({value, within}) => ({value, ...within(confidence)})),
    join,
  );
  const value = shares.reduce((sum, share) => sum + share.value, 0) / shares.length;
  // The variance of a mean of shares that are all alike: p (1 − p) · join(1/√worth)².
  const worth = join(shares.map((share) => 1 / Math.sqrt(share.worth))) ** -2;
  const together = clopperPearson(value * worth, worth, confidence);
  return {low: Math.min(apart.low, together.low), high: Math.max(apart.high, together.high)};
}

/** Interval of the mean of shares. */
function joined(shares: readonly (Interval & {readonly value: number})[], join: Join): Interval {
  const mean = shares.reduce((sum, {value}) => sum + value, 0) / shares.length;
  return {
    low: mean - join(shares.map(({value, low}) => value - low)),
    high: mean + join(shares.map(({value, high}) => high - value)),
  };
}

/**
 * Smallest distance from the limit that is found with power .8, for classes worth `sizes` items and of the same recall: where
 * the figure that just passes by the interval above lies z.8 of its own standard errors below the true one. Null where
 * not even a perfect sample passes.
 */
function detectableBalanced({test, limit}: Limit, sizes: readonly number[], join: Join): number | null {
  // The intervals are symmetric: at most `limit` is at least 1 − limit of what is wrong.
  const least = test === 'at-least' ? limit : 1 - limit;
  const lower = (p: number): number =>
    balancedInterval(
      sizes.map((worth) => ({
        value: p,
        worth,
        within: (confidence) => clopperPearson(p * worth, worth, confidence),
      })),
      join,
      0.9,
    ).low;
  if (lower(1) < least) return null;
  const passing = smallestShare((p) => lower(p) >= least);
  const error = (p: number): number =>
    Math.sqrt(sizes.reduce((sum, n) => sum + (p * (1 - p)) / n, 0)) / sizes.length;
  const z = normalQuantile(0.8);
  return Math.max(0, smallestShare((p) => p >= passing && p - z * error(p) >= passing) - least);
}

/** Where `holds` begins to hold in 0 … 1, by bisection to 1e-6; it must hold at 1. */
function smallestShare(holds: (p: number) => boolean): number {
  let [low, high] = [0, 1];
  while (high - low > 1e-6) {
    const middle = (low + high) / 2;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
