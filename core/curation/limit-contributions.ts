/** What one contributor may add: shares of the rows that the sources hold, but never fewer than the least. */
export interface ContributionLimits {
  readonly perKey: number;
  readonly perUnit: number;
}
/** So few rows of one key, or of one user, change little even in a small project. */
const LEAST_OF_KEY = 20;
const LEAST_OF_UNIT = 5;

export interface Contribution {
  /** Who gave it: a gateway key's line of rotations; null where the gateway asks for none. */
  readonly key: string | null;
  /** Keyed hash of the user; who holds a key may name any, so the limit of the key holds beside it. */
  readonly unit: string;
  /** A person has looked at it: counted to nobody. */
  readonly reviewed: boolean;
}

/**
 * Which contributions are taken, so that no gateway key and no user makes up more than their share of what is learned from.
 * `order` is a keyed hash: nobody who contributes can choose which of theirs come first, and the choice is the same in every
 * run. Gives the limits and, of each that is over one, which.
 */
export function limitContributions<T extends Contribution>(
  contributions: readonly T[],
  {rows, limits, order}: {rows: number; limits: ContributionLimits; order: (one: T) => string},
): {
  readonly kept: readonly T[];
  readonly over: readonly {readonly one: T; readonly limit: 'key' | 'unit'}[];
  readonly most: {readonly key: number; readonly unit: number};
} {
  const most = {
    key: Math.max(LEAST_OF_KEY, Math.floor(limits.perKey * rows)),
    unit: Math.max(LEAST_OF_UNIT, Math.floor(limits.perUnit * rows)),
  };
  const taken = {key: new Map<string | null, number>(), unit: new Map<string, number>()};
  const kept = new Set<T>();
  const over: {one: T; limit: 'key' | 'unit'}[] = [];
  const ranked = contributions
    .map((one) => ({one, rank: order(one)}))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  for (const {one} of ranked) {
    const ofKey = taken.key.get(one.key) ?? 0;
    const user = `${one.key ?? ''}\0${one.unit}`;
    const ofUnit = taken.unit.get(user) ?? 0;
    if (!one.reviewed && ofUnit >= most.unit) over.push({one, limit: 'unit'});
    else if (!one.reviewed && ofKey >= most.key) over.push({one, limit: 'key'});
    else {
      kept.add(one);
      if (one.reviewed) continue;
      taken.key.set(one.key, ofKey + 1);
      taken.unit.set(user, ofUnit + 1);
    }
  }
  return {kept: contributions.filter((one) => kept.has(one)), over, most};
}
