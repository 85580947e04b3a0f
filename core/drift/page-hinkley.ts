/**
 * Page–Hinkley test (Page 1954) for a drop of a mean in a stream of scores between 0 and 1: the index at which the
 * accumulated shortfall against `expected − tolerance` exceeds `limit`, null if it never does.
 * @example pageHinkley([1, 0, 0, 0, …], {expected: 0.95, tolerance: 0.025})
 */
export function pageHinkley(
  scores: readonly number[],
  {
    expected,
    tolerance,
    limit = 8,
  }: {readonly expected: number; readonly tolerance: number; readonly limit?: number},
): number | null {
  let shortfall = 0;
  for (const [i, score] of scores.entries()) {
    shortfall = Math.max(0, shortfall + (expected - tolerance - score));
    if (shortfall > limit) return i;
  }
  return null;
}
