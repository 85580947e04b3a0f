import type {ClusteredEstimate} from './clustered.ts';
import {normalQuantile} from './normal.ts';
import {inverseIncompleteBeta} from './special-functions.ts';
import {tQuantile} from './student-t.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

function check(successes: number, n: number): void {
  if (!(n > 0 && successes >= 0 && successes <= n)) {
    throw new RangeError(`proportion: expected 0 ≤ successes ≤ n and n > 0, got ${successes} of ${n}`);
  }
}

/** Wilson's score interval of a proportion (Wilson 1927). `n` need not be whole: an effective sample size does. */
export function wilson(successes: number, n: number, confidence = 0.95): Interval {
  check(successes, n);
  const z = normalQuantile(0.5 + confidence / 2);
  const p = successes / n;
  const denominator = 1 + (z * z) / n;
  const centre = (p + (z * z) / (2 * n)) / denominator;
  const half = (z / denominator) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return {low: p === 0 ? 0 : Math.max(0, centre - half), high: p === 1 ? 1 : Math.min(1, centre + half)};
}

/** The exact interval (Clopper and Pearson 1934): 0 of 300 → high .0122 two-sided; one-sided 95 % by confidence .9: .0099. */
export function clopperPearson(successes: number, n: number, confidence = 0.95): Interval {
  check(successes, n);
  const tail = (1 - confidence) / 2;
  return {
    low: successes === 0 ? 0 : inverseIncompleteBeta(tail, successes, n - successes + 1),
    high: successes === n ? 1 : inverseIncompleteBeta(1 - tail, successes + 1, n - successes),
  };
}

/**
 * How many independent items n clustered items are worth for a proportion: n over the design effect SE² (n − 1) / p(1 − p),
 * times the squared ratio of t quantiles, never more than n (Korn and Graubard 1998). With no or all successes, or a single
 * cluster, the design effect cannot be seen: then as if the items of a cluster always went together (intra-cluster
 * correlation 1), n² / Σ size². `share` is the clustered mean of scores of 0 and 1.
 */
export function effectiveSampleSize(share: ClusteredEstimate, confidence = 0.95): number {
  const {value: p, n, clusters, standardError} = share;
  if (p <= 0 || p >= 1 || clusters < 2) return share.effectiveClusters;
  if (standardError === 0) return n;
  const tail = 0.5 + confidence / 2;
  const ratio = n > 1 ? tQuantile(tail, n - 1) / tQuantile(tail, clusters - 1) : 1;
  const designEffect = (standardError ** 2 * (n - 1)) / (p * (1 - p));
  return Math.min(n, (n / designEffect) * ratio * ratio);
}
