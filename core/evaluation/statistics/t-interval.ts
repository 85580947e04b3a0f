import type {ClusteredEstimate} from './clustered.ts';
import {tQuantile} from './student-t.ts';
import {unvariedBounds} from './unvaried.ts';

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

/**
 * t interval of an estimate with a known standard error, cut to the `range` that the figure can have; NaN bounds where the
 * error is unknown. An error of 0 is what agreement shows, no certainty: then unvariedBounds.
 */
export function tBounds(
  estimate: ClusteredEstimate,
  range: readonly [number, number] = [-Infinity, Infinity],
): Bounds {
  const {value, standardError, df, n, effectiveClusters} = estimate;
  if (standardError === 0) return unvariedBounds(value, effectiveClusters, range, n);
  if (Number.isNaN(standardError) || !(df > 0)) {
    return {value, low: NaN, high: NaN, lower: NaN, upper: NaN, n};
  }
  const cut = (bound: number): number => Math.min(range[1], Math.max(range[0], bound));
  const two = tQuantile(0.975, df) * standardError;
  const one = tQuantile(0.95, df) * standardError;
  return {
    value,
    low: cut(value - two),
    high: cut(value + two),
    lower: cut(value - one),
    upper: cut(value + one),
    n,
  };
}
