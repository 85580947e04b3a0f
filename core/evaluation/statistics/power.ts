import {unitsToShow} from './betting.ts';
import type {Bounds} from './bounds.ts';
import {normalQuantile} from './normal.ts';

/** What the bound of one release's figure is held against. */
export interface Limit {
  readonly test: 'at-least' | 'at-most';
  readonly limit: number;
}

/**
 * Smallest distance of a true figure from the line, on its good side, that is found with power .8: as far as the bound lies
 * from the figure at hand, and z.8 standard errors more, as if both were the same near the line. NaN where unknown.
 */
export function effectOf(distance: number, standardError: number): number {
  return distance + normalQuantile(0.8) * standardError;
}

/** The same of one release's figure against a limit. Null where it is unknown, or the figure's `range` ends before. */
export function detectableByBound(
  {value, lower, upper, standardError}: Bounds & {readonly standardError: number},
  {test, limit}: Limit,
  [least, most]: readonly [number, number],
): number | null {
  const effect = effectOf(test === 'at-least' ? value - lower : upper - value, standardError);
  const truth = test === 'at-least' ? limit + effect : limit - effect;
  return Number.isFinite(effect) && truth >= least && truth <= most ? effect : null;
}

/**
 * Items, each its own cluster, needed so that a paired gate with margin δ and no true difference passes with the given power.
 * `varianceOfDifference` is that of one item's difference: the share of discordant pairs, where scores are 0 and 1. A betting
 * bound lies about √(2 ln(1/α)) standard errors from the mean, where enough items vary; at least those are needed that
 * show it where none does.
 * @example requiredItems(0.02, 0.05) → 1354
 */
export function requiredItems(
  margin: number,
  varianceOfDifference: number,
  power = 0.8,
  alpha = 0.05,
): number {
  const z = Math.sqrt(2 * Math.log(1 / alpha)) + normalQuantile(power);
  const varied = Math.ceil((z * z * varianceOfDifference) / (margin * margin));
  return Math.max(varied, unitsToShow(0.5, (1 - margin) / 2));
}

/**
 * The same for balanced accuracy: `shares` are the classes' shares of the items (summing to 1), so that the variance of
 * the mean of K class means is Σ variance / (K² · share · n).
 * @example requiredBalancedItems(0.02, 0.05, [1 / 6, 5 / 6]) → 2437
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
