/**
 * Population stability index of two histograms over the same bins: Σ (qᵢ − pᵢ) ln(qᵢ / pᵢ), natural log, symmetric.
 * Counts are smoothed by `pseudo` a bin, so that an empty bin stays finite. Usual reading: ≥ .1 moved, ≥ .25 much.
 * Throws RangeError where lengths differ or a histogram is empty.
 */
export function psi(reference: readonly number[], current: readonly number[], pseudo = 0.5): number {
  const p = smoothedShares(reference, pseudo);
  const q = smoothedShares(current, pseudo);
  if (p.length !== q.length) throw new RangeError(`psi: ${p.length} bins against ${q.length}`);
  return p.reduce((sum, share, i) => sum + (q[i]! - share) * Math.log(q[i]! / share), 0);
}

function smoothedShares(counts: readonly number[], pseudo: number): number[] {
  const total = counts.reduce((sum, count) => sum + count + pseudo, 0);
  if (!(total > 0)) throw new RangeError('psi: expected counts above 0');
  return counts.map((count) => (count + pseudo) / total);
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
