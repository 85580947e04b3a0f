/**
 * When traffic is judged, and how surely each time: a verdict that is looked for again and again as answers come in errs far
 * more often than one look does. So looks are taken only where the smaller side has the size minSamples and each time it is
 * half as large again, and the error of 5 % is shared out over them: the k-th may err with 5 % / (k (k + 1)), all of them
 * together with 5 % at most, however many there are (Bonferroni's bound; the shares as in Lan and DeMets 1983, spent by look).
 */
export interface Look {
  /** From 1. */
  readonly number: number;
  /** Size of the smaller side that is looked at: its answers, or what they weigh by unit. */
  readonly n: number;
  /** With which a pass, and likewise a fail, of this look may be wrong. */
  readonly error: number;
}

const GROWTH = 1.5;
const ERROR = 0.05;
/** Sizes are sums of fractions. */
const ROUNDING = 1e-6;

/** The last look that a smaller side of size n allows; null before the first. Throws RangeError unless minSamples ≥ 1. */
export function lookAt(n: number, minSamples: number): Look | null {
  if (!(minSamples >= 1)) throw new RangeError(`lookAt: expected minSamples ≥ 1, got ${minSamples}`);
  if (n + ROUNDING < minSamples) return null;
  let [number, size] = [1, minSamples];
  for (let next = grown(size); next <= n + ROUNDING; next = grown(size)) [number, size] = [number + 1, next];
  return {number, n: size, error: ERROR / (number * (number + 1))};
}

/** The confidence of a two-sided interval each of whose bounds errs as often as the look may. */
export function twoSided({error}: Look): number {
  return 1 - 2 * error;
}

function grown(n: number): number {
  return Math.ceil(n * GROWTH);
}

/** What is looked at is known from this moment on (ISO, UTC). */
export interface Timed {
  readonly at: string;
}

/**
 * Two sides as they stood when the smaller one first had the size n: so a look says the same whenever it is asked for.
 * `sizeSoFar` gives a side's size after each of its answers, in order of time; missing: every answer counts 1.
 */
export function asOf<A extends Timed, B extends Timed>(
  n: number,
  first: readonly A[],
  second: readonly B[],
  sizeSoFar: (items: readonly (A | B)[]) => readonly number[] = (items) => items.map((_, i) => i + 1),
): readonly [readonly A[], readonly B[]] {
  const [a, b] = [inOrder(first), inOrder(second)];
  const reached = (items: readonly (A | B)[]): string =>
    items[sizeSoFar(items).findIndex((size) => size >= n - ROUNDING)]!.at;
  const moment = [reached(a), reached(b)].sort()[1]!;
  return [a.filter(({at}) => at <= moment), b.filter(({at}) => at <= moment)];
}

/** By time; what came at the same moment stays in its order. */
export function inOrder<T extends Timed>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
