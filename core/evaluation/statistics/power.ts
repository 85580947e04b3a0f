import {normalQuantile} from './normal.ts';
import {tQuantile} from './student-t.ts';

/**
 * Smallest true difference that a one-sided test at α finds with the given power: (t_{1−α} + t_{power}) · SE.
 * For a non-inferiority gate: how far inside the margin the truth must lie. df = Infinity for the normal.
 */
export function minimumDetectableEffect(
  standardError: number,
  df = Infinity,
  power = 0.8,
  alpha = 0.05,
): number {
  return (tQuantile(1 - alpha, df) + tQuantile(power, df)) * standardError;
}

/** What the bound of one release's figure is held against. */
export interface Limit {
  readonly test: 'at-least' | 'at-most';
  readonly limit: number;
}

/**
 * Smallest distance of a true figure from the limit, on its good side, that is found with power .8; by the standard error
 * at hand, as if it were the same near the limit. Null where the error is unknown or 0, or the figure's `range` ends before.
 */
export function detectableByError(
  {standardError, df}: {readonly standardError: number; readonly df: number},
  {test, limit}: Limit,
  [least, most]: readonly [number, number],
): number | null {
  if (!(standardError > 0 && df > 0)) return null;
  const effect = minimumDetectableEffect(standardError, df);
  const truth = test === 'at-least' ? limit + effect : limit - effect;
  return Number.isFinite(effect) && truth >= least && truth <= most ? effect : null;
}

/**
 * Items needed so that a paired one-sided test with margin δ and no true difference passes with the given power.
 * `varianceOfDifference` is that of one item's difference: the share of discordant pairs, where scores are 0 and 1.
 * @example requiredItems(0.02, 0.05) → 773
 */
export function requiredItems(
  margin: number,
  varianceOfDifference: number,
  power = 0.8,
  alpha = 0.05,
): number {
  const z = normalQuantile(1 - alpha) + normalQuantile(power);
  return Math.ceil((z * z * varianceOfDifference) / (margin * margin));
}

/**
 * The same for balanced accuracy: `shares` are the classes' shares of the items (summing to 1), so that the variance of
 * the mean of K class means is Σ variance / (K² · share · n).
 * @example requiredBalancedItems(0.02, 0.05, [1 / 6, 5 / 6]) → 1392
 */
export function requiredBalancedItems(
  margin: number,
  varianceOfDifference: number,
  shares: readonly number[],
  power = 0.8,
  alpha = 0.05,
): number {
  const factor = shares.reduce((sum, share) => sum + 1 / share, 0) / shares.length ** 2;
  return requiredItems(margin, varianceOfDifference * factor, power, alpha);
}
