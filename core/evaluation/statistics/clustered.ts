/** A mean or ratio with its cluster-robust standard error. */
export interface ClusteredEstimate {
  readonly value: number;
  /** NaN where fewer than two clusters leave it unknown; 0 where they all agree. */
  readonly standardError: number;
  /** Degrees of freedom for the t interval. */
  readonly df: number;
  readonly n: number;
  readonly clusters: number;
  /** As many clusters of one size as these are worth: (Σ size)² / Σ size². */
  readonly effectiveClusters: number;
}

/**
 * Mean of clustered values: SE² = C/(C−1) · Σ_clusters (Σ_items (x − x̄))² / n²
 * (Miller 2024, arXiv 2411.00640, eq. 4, with the finite correction; = statsmodels OLS on a constant, cov_type cluster).
 * df = C* − 1 with the effective number of clusters, = C − 1 where all are of one size: a few large clusters among small
 * ones otherwise make the t interval too narrow (Carter, Schnepel and Steigerwald 2017).
 * `clusters[i]` names the cluster of `values[i]`. Throws RangeError without values.
 */
export function clusteredMean(values: readonly number[], clusters: readonly string[]): ClusteredEstimate {
  return clusteredRatio(
    values,
    values.map(() => 1),
    clusters,
  );
}

/**
 * Σa / Σb over clustered pairs, linearised: residual (a − R·b) / Σb. Perplexity is this of (NLL, tokens), exponentiated,
 * so long items weigh more. Throws RangeError without values or where Σb ≤ 0.
 */
export function clusteredRatio(
  numerators: readonly number[],
  denominators: readonly number[],
  clusters: readonly string[],
): ClusteredEstimate {
  const total = denominators.reduce((sum, b) => sum + b, 0);
  if (!(total > 0)) throw new RangeError('clusteredRatio: expected denominators that sum to more than 0');
  const value = numerators.reduce((sum, a) => sum + a, 0) / total;
  const sums = clusterSums(
    numerators.map((a, i) => (a - value * denominators[i]!) / total),
    clusters,
  );
  const c = sums.length;
  const square = sums.reduce((sum, s) => sum + s * s, 0);
  const error = Math.sqrt((square * c) / (c - 1));
  // Equal values leave residuals of rounding, which are no spread.
  const rounding =
    (numerators.length * Number.EPSILON * numerators.reduce((sum, a) => sum + Math.abs(a), 0)) / total;
  const effective = effectiveClusters(clusterSums(denominators, clusters));
  return {
    value,
    standardError: c < 2 ? NaN : error <= rounding ? 0 : error,
    df: effective - 1,
    n: numerators.length,
    clusters: c,
    effectiveClusters: effective,
  };
}

/** Sums of `values` a cluster, in the order the clusters first appear. */
export function clusterSums(values: readonly number[], clusters: readonly string[]): number[] {
  if (values.length === 0) throw new RangeError('clusterSums: expected at least one value');
  const sums = new Map<string, number>();
  values.forEach((value, i) => sums.set(clusters[i]!, (sums.get(clusters[i]!) ?? 0) + value));
  return [...sums.values()];
}

/** (Σ size)² / Σ size² (Kish 1965): as many equal clusters as these are worth; their number where all are equal. */
export function effectiveClusters(sizes: readonly number[]): number {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return (total * total) / sizes.reduce((sum, size) => sum + size * size, 0);
}
