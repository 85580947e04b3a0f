import type {Limit} from './power.ts';
import type {Interval} from './proportion.ts';
import {inverseIncompleteBeta} from './special-functions.ts';

/**
 * Smallest distance of a true share from the limit, on its good side, at which the rule "the one-sided 95 % bound keeps the
 * limit" passes with the given power: exact, by the binomial of n independent items (rounded to whole ones, 1 at least) and
 * the rule's own `interval`. Null where not even a sample without a miss passes.
 * @example detectableShare({test: 'at-most', limit: 0.15}, 46, clopperPearson) // .1167
 */
export function detectableShare(
  {test, limit}: Limit,
  n: number,
  interval: (successes: number, n: number, confidence?: number) => Interval,
  power = 0.8,
): number | null {
  const items = Math.max(1, Math.round(n));
  // Both intervals are symmetric: at most `limit` of them is at least 1 − limit of the others.
  const least = test === 'at-least' ? limit : 1 - limit;
  const needed = leastSuccesses(items, (successes) => interval(successes, items, 0.9).low >= least);
  if (needed > items) return null;
  return needed === 0 ? 0 : inverseIncompleteBeta(power, needed, items - needed + 1) - least;
}

/** The smallest count that passes; n + 1 where none does. More successes never pass less. */
function leastSuccesses(n: number, passes: (successes: number) => boolean): number {
  let low = 0;
  let high = n + 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (middle > n || passes(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
