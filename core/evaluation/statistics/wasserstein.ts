/**
 * Wasserstein-1 (earth mover's) distance between two samples on the line: ∫ |F − G|
 * (the value of scipy's `wasserstein_distance`). Throws RangeError on an empty sample.
 */
export function wasserstein(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) throw new RangeError('wasserstein: expected two non-empty samples');
  const x = Float64Array.from(a).sort();
  const y = Float64Array.from(b).sort();
  let i = 0;
  let j = 0;
  let at = Math.min(x[0]!, y[0]!);
  let sum = 0;
  while (i < x.length || j < y.length) {
    const next = Math.min(x[i] ?? Infinity, y[j] ?? Infinity);
    sum += Math.abs(i / x.length - j / y.length) * (next - at);
    at = next;
    while (i < x.length && x[i] === at) i++;
    while (j < y.length && y[j] === at) j++;
  }
  return sum;
}

/**
 * Divided by the reference's standard deviation (population), so that one threshold fits every unit; a constant
 * reference gives 0 for the same constant and Infinity otherwise.
 */
export function wassersteinNormed(reference: readonly number[], current: readonly number[]): number {
  const distance = wasserstein(reference, current);
  // Rounded, the mean of equal numbers need not be that number.
  if (reference.every((v) => v === reference[0])) return distance === 0 ? 0 : Infinity;
  const mean = reference.reduce((sum, v) => sum + v, 0) / reference.length;
  const deviation = Math.sqrt(reference.reduce((sum, v) => sum + (v - mean) ** 2, 0) / reference.length);
  return distance / deviation;
}
