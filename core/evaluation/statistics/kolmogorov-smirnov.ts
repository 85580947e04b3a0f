export interface KolmogorovSmirnov {
  /** Largest distance between the two empirical CDFs, 0 … 1. */
  readonly statistic: number;
  /** Two-sided, asymptotic with Stephens' small-sample correction; use a permutation where n < 20. */
  readonly p: number;
}

/** Two-sample Kolmogorov–Smirnov test. Throws RangeError on an empty sample. */
export function kolmogorovSmirnov(a: readonly number[], b: readonly number[]): KolmogorovSmirnov {
  const statistic = ksStatistic(a, b);
  const effective = Math.sqrt((a.length * b.length) / (a.length + b.length));
  return {statistic, p: kolmogorovTail((effective + 0.12 + 0.11 / effective) * statistic)};
}

/** The statistic alone, e.g. inside a permutation test. */
export function ksStatistic(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) throw new RangeError('ksStatistic: expected two non-empty samples');
  const x = Float64Array.from(a).sort();
  const y = Float64Array.from(b).sort();
  let i = 0;
  let j = 0;
  let largest = 0;
  while (i < x.length && j < y.length) {
    const at = Math.min(x[i]!, y[j]!);
    while (i < x.length && x[i] === at) i++;
    while (j < y.length && y[j] === at) j++;
    largest = Math.max(largest, Math.abs(i / x.length - j / y.length));
  }
  return largest;
}

/** Q_KS(λ) = 2 Σ (−1)^(k−1) exp(−2k²λ²): the limit distribution's upper tail (Kolmogorov 1933). */
export function kolmogorovTail(lambda: number): number {
  if (lambda < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) {
    const term = 2 * (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * lambda * lambda);
    sum += term;
    if (Math.abs(term) < 1e-17) break;
  }
  return Math.min(1, Math.max(0, sum));
}
