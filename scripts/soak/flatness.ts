/** One look at a process. */
export interface Sample {
  /** Seconds since the load began. */
  readonly at: number;
  readonly value: number;
}

export interface Growth {
  readonly median: number;
  /** By the trend, from the middle of the time to its end. */
  readonly grew: number;
  /** More than this is no flat line. */
  readonly limit: number;
  readonly flat: boolean;
}

/** A trend's growth over half the time may be this share of the median, or a little in absolute terms. */
const SHARE = 0.05;

/**
 * Whether a quantity stands still once it has warmed up: Theil–Sen slope (Theil 1950, Sen 1968: the median of the slopes of all
 * pairs, so that a spike is no trend) over the second half of the time, times the length of that half; flat up to the larger of
 * 5 % of its median and `least`. Throws RangeError for fewer than 4 samples there.
 */
export function growth(samples: readonly Sample[], least: number): Growth {
  const last = samples.at(-1)?.at ?? 0;
  const half = samples.filter(({at}) => at >= last / 2);
  if (half.length < 4) throw new RangeError(`${half.length} samples in the second half, at least 4 needed`);
  const median = middle(half.map(({value}) => value));
  const grew = theilSen(half) * (last - half[0]!.at);
  const limit = Math.max(SHARE * median, least);
  return {median, grew, limit, flat: grew <= limit};
}

/** Median slope of all pairs at different times; 0 for none. */
export function theilSen(samples: readonly Sample[]): number {
  const slopes = samples.flatMap((a, i) =>
    samples.slice(i + 1).flatMap((b) => (a.at === b.at ? [] : [(b.value - a.value) / (b.at - a.at)])),
  );
  return slopes.length === 0 ? 0 : middle(slopes);
}

function middle(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
