import type {Bounds} from '../statistics/bounds.ts';
import type {Limit} from '../statistics/power.ts';

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

/** An item that both releases were asked. */
export interface Pair {
  readonly item: string;
  readonly cluster: string;
  readonly stratum: string;
  readonly candidate: readonly number[];
  readonly stable: readonly number[];
}

/** Candidate against stable: positive is better, whatever the metric's direction. */
export interface Difference extends Bounds {
  /** By clusters; NaN where unknown. */
  readonly standardError: number;
}

/** How a metric's items become a figure with intervals: the metric's own statistics, behind one shape. */
export interface Measure {
  readonly better: 'higher' | 'lower';
  /** The least and the most that a difference of two releases can be. */
  readonly reach: readonly [number, number];
  /** How its bounds come about, in the field's words: `betting over clusters`. Of a paired difference, or of one release. */
  readonly method: {readonly single: string; readonly paired: string};
  /** Figure of one release. Bounds are NaN where they cannot be known (a single cluster). */
  single(items: readonly Scored[]): Bounds;
  /**
   * Smallest distance of the true figure from the limit, on its good side, that a gate on such items finds with power .8;
   * null where none can be named.
   */
  detectable(items: readonly Scored[], limit: Limit): number | null;
  /** Paired difference in the good direction. */
  difference(pairs: readonly Pair[]): Difference;
  /**
   * Items, each its own cluster, without which not even faultless answers pass: none below the limit, or no difference
   * (non-inferiority), or the largest one (superiority). Infinity where no number of them does.
   */
  smallest(line: Line): number;
  /** Items that decide a non-inferiority gate 8 times in 10 where two like releases disagree on this share; by class shares. */
  required?(margin: number, disagreement: number, shares: readonly number[]): number;
  /**
   * The values of an answer that failed, the worst there are: `alone`, with the mean values of the others as `like`, or
   * `beside` stable's values of the same item. Absent where nothing is the worst; then such items leave a gate open.
   */
  worst?(like: readonly number[], where: 'alone' | 'beside'): readonly number[];
  /** What the items lack for a figure (`no item of spam`); null where nothing. */
  lack?(items: readonly {readonly stratum: string}[]): string | null;
  /** Why these pairs cannot be compared; null where they can. */
  objection?(pairs: readonly Pair[]): string | null;
}

/** What a bound is held against: of the difference, in the good direction, or the limit of one release's figure. */
export type Line =
  | {readonly test: 'non-inferiority' | 'superiority'; readonly margin: number}
  | {readonly test: 'at-least' | 'at-most'; readonly limit: number};

/** An observation that could be scored. */
export type Scored = Observation & {readonly values: readonly number[]};

export function isScored(observation: Observation): observation is Scored {
  return observation.values !== null;
}
