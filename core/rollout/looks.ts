/**
 * When traffic is judged, and how surely each time: a verdict that is looked for again and again as answers come in errs far
 * more often than one look does. So looks are taken only at minSamples answers of the smaller side and each time there are
 * half as many more, and the error of 5 % is shared out over them: the k-th may err with 5 % / (k (k + 1)), all of them
 * together with 5 % at most, however many there are (Bonferroni's bound; the shares as in Lan and DeMets 1983, spent by look).
 */
export interface Look {
  /** From 1. */
  readonly number: number;
  /** Answers of the smaller side that are looked at. */
  readonly n: number;
  /** With which a pass, and likewise a fail, of this look may be wrong. */
  readonly error: number;
}

const GROWTH = 1.5;
const ERROR = 0.05;

/** The last look that n answers allow; null before the first. Throws RangeError unless minSamples ≥ 1. */
export function lookAt(n: number, minSamples: number): Look | null {
  if (!(minSamples >= 1)) throw new RangeError(`lookAt: expected minSamples ≥ 1, got ${minSamples}`);
  if (n < minSamples) return null;
  let [number, size] = [1, minSamples];
  for (let next = grown(size); next <= n; next = grown(size)) [number, size] = [number + 1, next];
  return {number, n: size, error: ERROR / (number * (number + 1))};
}

function grown(n: number): number {
  return Math.ceil(n * GROWTH);
}

/** What is looked at is known from this moment on (ISO, UTC). */
export interface Timed {
  readonly at: string;
}

/** Two sides as they stood when the smaller one first held n: so a look says the same whenever it is asked for. */
export function asOf<A extends Timed, B extends Timed>(
  n: number,
  first: readonly A[],
  second: readonly B[],
): readonly [readonly A[], readonly B[]] {
  const [a, b] = [inOrder(first), inOrder(second)];
  const moment = [a[n - 1]!.at, b[n - 1]!.at].sort()[1]!;
  return [a.filter(({at}) => at <= moment), b.filter(({at}) => at <= moment)];
}

/** By time; what came at the same moment stays in its order. */
export function inOrder<T extends Timed>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
