import {normalQuantile} from '../evaluation/statistics/normal.ts';
import {clopperPearson, wilson} from '../evaluation/statistics/proportion.ts';
import type {Interval} from '../evaluation/statistics/proportion.ts';

/**
 * Interval of p₂ − p₁ over two independent samples, from the Wilson intervals of both (Newcombe 1998, Statistics in
 * Medicine 17:873, method 10). Stays honest where a sample has no or only successes.
 * @example independentDifference({successes: 48, n: 80}, {successes: 56, n: 70}) // {low: .0524, high: .3339}
 */
export function independentDifference(
  first: {readonly successes: number; readonly n: number},
  second: {readonly successes: number; readonly n: number},
  confidence = 0.95,
  of: typeof wilson = wilson,
): Interval {
  const [p1, p2] = [first.successes / first.n, second.successes / second.n];
  const one = of(first.successes, first.n, confidence);
  const two = of(second.successes, second.n, confidence);
  return {
    low: p2 - p1 - Math.hypot(p2 - two.low, one.high - p1),
    high: p2 - p1 + Math.hypot(two.high - p2, p1 - one.low),
  };
}

/**
 * The same from the exact intervals of both: a bound that errs no more often than it says, also where a few events of a
 * small sample decide, as in a verdict.
 */
export function exactDifference(
  first: {readonly successes: number; readonly n: number},
  second: {readonly successes: number; readonly n: number},
  confidence = 0.95,
): Interval {
  return independentDifference(first, second, confidence, clopperPearson);
}

/**
 * Interval of the difference (gained − lost) / n of two proportions over the same n items: `gained` items only the second
 * got right, `lost` only the first. Score interval of Tango 1998 (Statistics in Medicine 17:891): without any discordant
 * item it is ± z² / (n + z²), never a point.
 * @example pairedDifference({gained: 0, lost: 0, n: 50}) // {low: -.0713, high: .0713}
 */
export function pairedDifference(
  {gained, lost, n}: {readonly gained: number; readonly lost: number; readonly n: number},
  confidence = 0.95,
): Interval {
  if (!(n > 0 && gained >= 0 && lost >= 0 && gained + lost <= n)) {
    throw new RangeError(`pairedDifference: ${gained} gained and ${lost} lost of ${n} is not possible`);
  }
  const z = normalQuantile(0.5 + confidence / 2);
  const value = (gained - lost) / n;
  return {
    low: boundary(-1, value, (delta) => score(gained, lost, n, delta) > z),
    high: boundary(1, value, (delta) => score(gained, lost, n, delta) < -z),
  };
}

/** Tango's score of the hypothesis that the true difference is delta; falls as delta grows. */
function score(gained: number, lost: number, n: number, delta: number): number {
  const a = 2 * n;
  const b = -gained - lost + (2 * n - gained + lost) * delta;
  const c = -lost * delta * (1 - delta);
  const q = (Math.sqrt(Math.max(0, b * b - 4 * a * c)) - b) / (2 * a);
  const variance = n * (2 * q + delta * (1 - delta));
  const distance = gained - lost - n * delta;
  // Where nothing may vary, any distance is infinitely far.
  return distance / Math.sqrt(Math.max(0, variance));
}

/** Between the estimate and the end of the scale: where `rejected` begins to hold. Bisection to 1e-10. */
function boundary(end: number, value: number, rejected: (delta: number) => boolean): number {
  let [inside, outside] = [value, end];
  if (!rejected(outside * (1 - 1e-12))) return end;
  while (Math.abs(outside - inside) > 1e-10) {
    const middle = (inside + outside) / 2;
    if (rejected(middle)) outside = middle;
    else inside = middle;
  }
  return inside;
}
