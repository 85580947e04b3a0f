import {groupBy} from '../group.ts';

/** An item to choose from: `rank` decides which of a class are taken, the smallest first. */
export interface Candidate {
  readonly rank: string;
  readonly label: string;
}

/**
 * At most `n` items with the classes in their natural shares (largest remainder; every class that is there gets one where
 * n allows it), in the order of their ranks. The same items give the same choice in any order.
 */
export function naturalShares<T extends Candidate>(items: readonly T[], n: number): T[] {
  const ranked = [...items].sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0));
  if (ranked.length <= n) return ranked;
  const classes = groupBy(ranked, (item) => item.label);
  const quotas = allot(
    [...classes].map(([label, members]) => ({label, exact: (members.length * n) / ranked.length})),
    n,
  );
  const taken = new Set([...classes].flatMap(([label, members]) => members.slice(0, quotas.get(label))));
  return ranked.filter((item) => taken.has(item));
}

function allot(shares: readonly {label: string; exact: number}[], n: number): Map<string, number> {
  const byName = [...shares].sort((a, b) => (a.label < b.label ? -1 : 1));
  const enough = n >= byName.length;
  const quotas = new Map(
    byName.map(({label, exact}) => [label, enough ? Math.max(1, Math.floor(exact)) : Math.floor(exact)]),
  );
  const given = (): number => [...quotas.values()].reduce((sum, quota) => sum + quota, 0);
  const byRemainder = [...byName].sort((a, b) => (b.exact % 1) - (a.exact % 1));
  for (let i = 0; given() < n; i = (i + 1) % byRemainder.length) {
    const {label} = byRemainder[i]!;
    quotas.set(label, quotas.get(label)! + 1);
  }
  // Minimum quotas can exceed n together: the largest class gives.
  while (given() > n) {
    const [largest] = [...quotas].sort(([, a], [, b]) => b - a)[0]!;
    quotas.set(largest, quotas.get(largest)! - 1);
  }
  return quotas;
}
