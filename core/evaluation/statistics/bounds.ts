/** An estimate with the two intervals that everything here reports and decides by. */
export interface Bounds {
  readonly value: number;
  /** Two-sided 95 %; NaN where it cannot be known. */
  readonly low: number;
  readonly high: number;
  /** One-sided 95 % bounds: what a gate decides by. */
  readonly lower: number;
  readonly upper: number;
  readonly n: number;
}

/** No interval can be known: of too few clusters, or of a figure without a range. */
export function unknownBounds(value: number, n: number): Bounds {
  return {value, low: NaN, high: NaN, lower: NaN, upper: NaN, n};
}

/** The error of a one-sided bound, and of either end of a two-sided interval. */
export const ONE_SIDED = 0.05;
export const TWO_SIDED = 0.025;

/** Both intervals, from what bounds a figure below and above with a given error. */
export function intervalsBy(
  below: (error: number) => number,
  above: (error: number) => number,
): Pick<Bounds, 'low' | 'high' | 'lower' | 'upper'> {
  return {low: below(TWO_SIDED), high: above(TWO_SIDED), lower: below(ONE_SIDED), upper: above(ONE_SIDED)};
}
