import {sortedQuantile} from '../evaluation/statistics/quantile.ts';
import type {Interval} from '../evaluation/statistics/proportion.ts';
import {blockLength, blockLengthOf} from '../evaluation/statistics/serial-correlation.ts';
import {incompleteBeta} from '../evaluation/statistics/special-functions.ts';

/**
 * Latencies of neighbours in time share the load of their moment. A side's answers, in order of time, count as blocks of so
 * many: 1 where neither their ranks nor which of them lie above the percentile `of` (.95: the slowest 5 %) say anything of the
 * next answer.
 */
export function latencyBlock(inOrder: readonly number[], of: number): number {
  const value = percentile(inOrder, of);
  return Math.max(blockLengthOf(inOrder), blockLength(inOrder.map((ms) => [ms > value ? 1 : 0])));
}

/** The percentile `of` (.95: the 95th), by linear interpolation. */
export function percentile(values: readonly number[], of: number): number {
  return sortedQuantile(Float64Array.from(values).sort(), of);
}

/** Fewer independent answers than this cannot bound a percentile `of` ½ or above: of^n is the chance that all of them lie below it. */
export function leastFor(error: number, of: number): number {
  return Math.ceil(Math.log(error) / Math.log(of));
}

/**
 * Bounds of the percentile `of`, ½ or above, each wrong with probability `error` at most, whatever the distribution: the order
 * statistics that a binomial of `worth` answers allows (Woodruff 1952; exact where each answer counts for itself). Throws
 * RangeError where `worth` is below leastFor(error, of).
 */
export function percentileBounds(
  values: readonly number[],
  {of, worth, error}: {readonly of: number; readonly worth: number; readonly error: number},
): Interval {
  const n = Math.floor(worth);
  if (n < leastFor(error, of))
    throw new RangeError(`percentileBounds: expected ${leastFor(error, of)} answers, got ${worth}`);
  const sorted = Float64Array.from(values).sort();
  // P(at most k of n lie below the percentile).
  const atMost = (k: number): number => incompleteBeta(1 - of, n - k, k + 1);
  const above = 1 + firstWhere(n, (k) => atMost(k) >= 1 - error);
  const below = firstWhere(n, (k) => atMost(k) > error);
  const place = (rank: number): number => (rank * sorted.length) / n;
  return {
    low: sorted[Math.floor(place(below)) - 1]!,
    high: sorted[Math.min(sorted.length, Math.ceil(place(above))) - 1]!,
  };
}

/**
 * Interval of b / a from the intervals of both, on the scale of logarithms (MOVER; Donner and Zou 2012): each side's own
 * distance from its bound, added as errors of independent samples are.
 */
export function ratioInterval(
  a: Interval & {readonly value: number},
  b: Interval & {readonly value: number},
): Interval {
  const log = (x: number): number => Math.log(Math.max(x, 1e-9));
  const ratio = log(b.value) - log(a.value);
  return {
    low: Math.exp(ratio - Math.hypot(log(b.value) - log(b.low), log(a.high) - log(a.value))),
    high: Math.exp(ratio + Math.hypot(log(b.high) - log(b.value), log(a.value) - log(a.low))),
  };
}

/** The smallest k of 1 … n at which a condition holds that holds from there on, at n in any case. */
function firstWhere(n: number, holds: (k: number) => boolean): number {
  let [low, high] = [1, n];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
