import {normalQuantile} from './normal.ts';
import {incompleteBeta, logGamma} from './special-functions.ts';

/** CDF of Student's t with `df` > 0 degrees of freedom (not necessarily whole). */
export function tCdf(t: number, df: number): number {
  if (!(df > 0)) throw new RangeError(`tCdf: expected df > 0, got ${df}`);
  const tail = 0.5 * incompleteBeta(df / (df + t * t), df / 2, 0.5);
  return t > 0 ? 1 - tail : tail;
}

/**
 * Quantile of Student's t: `tQuantile(0.975, 10)` = 2.2281…; df = Infinity gives the normal's.
 * Newton steps from Hill's start value, kept inside a bracket. Throws RangeError unless 0 < p < 1, df > 0.
 */
export function tQuantile(p: number, df: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`tQuantile: expected 0 < p < 1, got ${p}`);
  if (!(df > 0)) throw new RangeError(`tQuantile: expected df > 0, got ${df}`);
  if (df === Infinity) return normalQuantile(p);
  if (p === 0.5) return 0;
  if (p < 0.5) return -tQuantile(1 - p, df);
  const z = normalQuantile(p);
  let low = 0;
  let high = Math.max(2 * z, 1);
  while (tCdf(high, df) < p) high *= 2;
  const logFront = logGamma((df + 1) / 2) - logGamma(df / 2) - 0.5 * Math.log(df * Math.PI);
  let t = Math.min(z + (z * z * z + z) / (4 * df), high);
  for (let i = 0; i < 200; i++) {
    const error = tCdf(t, df) - p;
    if (error > 0) high = t;
    else low = t;
    const density = Math.exp(logFront - ((df + 1) / 2) * Math.log1p((t * t) / df));
    let next = t - error / density;
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (Math.abs(next - t) <= 1e-15 * Math.max(1, Math.abs(t))) return next;
    t = next;
  }
  return t;
}
