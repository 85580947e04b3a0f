import type {Random} from '../../../core/evaluation/statistics/random.ts';

/** Gamma of this shape, scale 1 (Marsaglia and Tsang 2000). */
export function gamma(shape: number, random: Random): number {
  if (shape < 1) return gamma(shape + 1, random) * Math.pow(random.next(), 1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(random.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** A share with this mean, beta-distributed; `icc`: the correlation of two answers that have it in common. */
export function share(mean: number, icc: number, random: Random): number {
  const weight = 1 / icc - 1;
  const x = gamma(mean * weight, random);
  return x / (x + gamma((1 - mean) * weight, random));
}

/** Draws one of n, the i-th with a weight of 1 / (i + 1): a few ask most. */
export function zipf(n: number): (random: Random) => number {
  const sums = new Float64Array(n);
  let total = 0;
  for (let i = 0; i < n; i++) sums[i] = total += 1 / (i + 1);
  return (random) => {
    const x = random.next() * total;
    const at = sums.findIndex((sum) => sum > x);
    return at === -1 ? n - 1 : at;
  };
}
