/**
 * Jensen–Shannon distance of two histograms over the same categories: the square root of the divergence in base 2,
 * 0 … 1 (Endres and Schindelin 2003; the value of scipy's `jensenshannon(p, q, base=2)`).
 * Throws RangeError where lengths differ, a histogram sums to 0, or a count is negative.
 */
export function jensenShannonDistance(p: readonly number[], q: readonly number[]): number {
  return Math.sqrt(jensenShannonDivergence(p, q));
}

/** The divergence itself, base 2, 0 … 1. */
export function jensenShannonDivergence(p: readonly number[], q: readonly number[]): number {
  if (p.length !== q.length) throw new RangeError(`jensenShannon: ${p.length} bins against ${q.length}`);
  const a = shares(p);
  const b = shares(q);
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const middle = (a[i]! + b[i]!) / 2;
    if (a[i]! > 0) sum += 0.5 * a[i]! * Math.log2(a[i]! / middle);
    if (b[i]! > 0) sum += 0.5 * b[i]! * Math.log2(b[i]! / middle);
  }
  return Math.min(1, Math.max(0, sum));
}

function shares(counts: readonly number[]): number[] {
  const wrong = counts.find((count) => !(count >= 0));
  if (wrong !== undefined) throw new RangeError(`jensenShannon: expected counts of 0 or more, got ${wrong}`);
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (!(total > 0)) throw new RangeError('jensenShannon: expected counts above 0');
  return counts.map((count) => count / total);
}
