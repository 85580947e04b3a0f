import type {Limit} from '../statistics/power.ts';
import type {Bounds} from '../statistics/t-interval.ts';

/** One item as one release answered it. */
export interface Observation {
  readonly item: string;
  /** Items of one cluster (near-duplicates, one probe's template) are not independent. */
  readonly cluster: string;
  /** The class, where the measure is a mean over classes; else ''. */
  readonly stratum: string;
  /** What the measure needs of the item; null where it could not be scored. */
  readonly values: readonly number[] | null;
}

/** An item that both releases answered and that could be scored for both. */
export interface Pair {
  readonly item: string;
  readonly cluster: string;
  readonly stratum: string;
  readonly candidate: readonly number[];
  readonly stable: readonly number[];
}

/** Candidate against stable: positive is better, whatever the metric's direction. */
export interface Difference extends Bounds {
  readonly standardError: number;
  readonly df: number;
}

/** How a metric's items become a figure with intervals: the metric's own statistics, behind one shape. */
export interface Measure {
  readonly better: 'higher' | 'lower';
  /** The least and the most that a difference of two releases can be. */
  readonly reach: readonly [number, number];
  /** Figure of one release. Bounds are NaN where they cannot be known (a single cluster). */
  single(items: readonly Scored[]): Bounds;
  /**
   * Smallest distance of the true figure from the limit, on its good side, that a gate on such items finds with power .8;
   * null where none can be named.
   */
  detectable(items: readonly Scored[], limit: Limit): number | null;
  /** Paired difference in the good direction. */
  difference(pairs: readonly Pair[]): Difference;
  /** What the items lack for a figure (`no item of spam`); null where nothing. */
  lack?(items: readonly {readonly stratum: string}[]): string | null;
  /** Why these pairs cannot be compared; null where they can. */
  objection?(pairs: readonly Pair[]): string | null;
}

/** An observation that could be scored. */
export type Scored = Observation & {readonly values: readonly number[]};

export function isScored(observation: Observation): observation is Scored {
  return observation.values !== null;
}
