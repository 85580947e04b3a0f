/**
 * Population stability index of two histograms of counts over the same bins: Σ (qᵢ − pᵢ) ln(qᵢ / pᵢ), natural log, symmetric.
 * A bin that is empty in one of them counts as `pseudo` there, so that the sum stays finite; one that is empty in both says
 * nothing. Usual reading: ≥ .1 moved, ≥ .25 much. Throws RangeError where lengths differ, a histogram is empty, or a count is
 * none: shares don't say how much an empty bin weighs.
 */
export function psi(reference: readonly number[], current: readonly number[], pseudo = 0.5): number {
  if (reference.length !== current.length)
    throw new RangeError(`psi: ${reference.length} bins against ${current.length}`);
  const used = reference.map((count, i) => count !== 0 || current[i] !== 0);
  const [p, q] = [reference, current].map((counts) =>
    shares(
      counts.filter((_, i) => used[i]),
      pseudo,
    ),
  ) as [number[], number[]];
  return p.reduce((sum, share, i) => sum + (q[i]! - share) * Math.log(q[i]! / share), 0);
}

function shares(counts: readonly number[], pseudo: number): number[] {
  for (const count of counts)
    if (!(Number.isInteger(count) && count >= 0)) throw new RangeError(`psi: expected counts, got ${count}`);
  if (!counts.some((count) => count > 0)) throw new RangeError('psi: expected counts above 0');
  const smoothed = counts.map((count) => count || pseudo);
  const total = smoothed.reduce((sum, count) => sum + count, 0);
  return smoothed.map((count) => count / total);
}

/**
 * Inner edges that cut the reference sample into `bins` parts of about the same size; equal edges are merged.
 * A value x is in the first bin whose edge is ≥ x.
 */
export function quantileEdges(reference: readonly number[], bins = 10): number[] {
  if (reference.length === 0) throw new RangeError('quantileEdges: expected a non-empty sample');
  const sorted = Float64Array.from(reference).sort();
  const edges: number[] = [];
  for (let i = 1; i < bins; i++) {
    const edge = sorted[Math.min(sorted.length - 1, Math.ceil((i * sorted.length) / bins) - 1)]!;
    if (edges.at(-1) !== edge && edge < sorted.at(-1)!) edges.push(edge);
  }
  return edges;
}

/** Counts a bin: edges.length + 1 of them. */
export function histogram(values: readonly number[], edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of values) {
    let bin = 0;
    while (bin < edges.length && value > edges[bin]!) bin++;
    counts[bin]!++;
  }
  return counts;
}
