import type {ClusteredEstimate} from './clustered.ts';
import {tQuantile} from './student-t.ts';

/** An estimate with the two intervals that everything here reports and decides by. */
export interface Bounds {
  readonly value: number;
  /** Two-sided 95 %. */
  readonly low: number;
  readonly high: number;
  /** One-sided 95 % bounds: what a gate decides by. */
  readonly lower: number;
  readonly upper: number;
  readonly n: number;
}

/** t interval of an estimate with a known standard error; NaN bounds where it is unknown. */
export function tBounds(estimate: ClusteredEstimate): Bounds {
  const {value, standardError, df, n} = estimate;
  if (Number.isNaN(standardError) || !(df > 0)) {
    return {value, low: NaN, high: NaN, lower: NaN, upper: NaN, n};
  }
  const two = tQuantile(0.975, df) * standardError;
  const one = tQuantile(0.95, df) * standardError;
  return {value, low: value - two, high: value + two, lower: value - one, upper: value + one, n};
}
