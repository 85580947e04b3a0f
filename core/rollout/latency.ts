import {sortedQuantile} from '../evaluation/statistics/quantile.ts';
import type {Interval} from '../evaluation/statistics/proportion.ts';
import {blockLength, blockLengthOf} from '../evaluation/statistics/serial-correlation.ts';
import {incompleteBeta} from '../evaluation/statistics/special-functions.ts';

const QUANTILE = 0.95;

/**
 * Latencies of neighbours in time share the load of their moment. A side's answers, in order of time, count as blocks of so
 * many: 1 where neither their ranks nor which of them are among the slowest 5 % say anything of the next answer.
 */
export function latencyBlock(inOrder: readonly number[]): number {
  const p95 = percentile(inOrder);
  return Math.max(blockLengthOf(inOrder), blockLength(inOrder.map((ms) => [ms > p95 ? 1 : 0])));
}

/** By linear interpolation. */
export function percentile(values: readonly number[]): number {
  return sortedQuantile(Float64Array.from(values).sort(), QUANTILE);
}

/** Fewer independent answers than this cannot bound a 95th percentile: .95^n is the chance that all of them lie below it. */
export function leastFor(error: number): number {
  return Math.ceil(Math.log(error) / Math.log(QUANTILE));
}

/**
 * Bounds of the 95th percentile, each wrong with probability `error` at most, whatever the distribution: the order
 * statistics that a binomial of `worth` answers allows (Woodruff 1952; exact where each answer counts for itself). Throws
 * RangeError where `worth` is below leastFor(error).
 */
export function percentileBounds(values: readonly number[], worth: number, error: number): Interval {
  const n = Math.floor(worth);
  if (n < leastFor(error))
    throw new RangeError(`percentileBounds: expected ${leastFor(error)} answers, got ${worth}`);
  const sorted = Float64Array.from(values).sort();
  // P(at most k of n lie below the percentile).
  const atMost = (k: number): number => (k < 0 ? 0 : k >= n ? 1 : incompleteBeta(1 - QUANTILE, n - k, k + 1));
  const above = 1 + firstWhere(n, (k) => atMost(k) >= 1 - error);
  const below = firstWhere(n, (k) => atMost(k) > error);
  const place = (rank: number): number => (rank * sorted.length) / n;
  return {
    low: below === 0 ? 0 : sorted[Math.max(0, Math.floor(place(below)) - 1)]!,
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

/** The smallest k of 0 … n at which a condition holds that holds from there on. */
function firstWhere(n: number, holds: (k: number) => boolean): number {
  let [low, high] = [0, n];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
