import type {GateSpec} from '../../../schemas/report.ts';
import {isScored, type Measure, type Observation, type Pair, type Scored} from './measure.ts';

/** What a gate is decided on. */
export interface Counted {
  /** The candidate's items; of those that failed, the worst values that there are. */
  readonly alone: readonly Scored[];
  /** The same beside stable's, where a gate compares; else none. */
  readonly pairs: readonly Pair[];
  /** Answers of the candidate that failed, but, where a gate compares, not stable's to the same item. */
  readonly failed: number;
  /** Items that stable failed, but the candidate did not. */
  readonly stableFailed: number;
}

/**
 * Counts what could not be scored. An answer of the candidate that failed is wrong, so that who fails where it would be wrong
 * gains nothing. Of an item that stable failed nothing speaks for the candidate: it is left out of a non-inferiority, which
 * likes no difference, and is no difference in a superiority, which does not. What both failed is left out, too. Null where
 * something failed and the measure has no worst value.
 */
export function countFailed(
  measure: Measure,
  test: GateSpec['test'],
  candidate: readonly Observation[],
  stable: readonly Observation[],
): Counted | null {
  const scored = candidate.filter(isScored);
  const failed = candidate.filter(({values}) => values === null);
  if (failed.length > 0 && measure.worst === undefined) return null;
  const worst = failed.length === 0 ? [] : measure.worst!(meanOf(scored), 'alone');
  const alone = candidate.map((one) => ({...one, values: one.values ?? worst}));
  if (test === 'at-least' || test === 'at-most')
    return {alone, pairs: [], failed: failed.length, stableFailed: 0};
  const others = new Map(stable.map(({item, values}) => [item, values]));
  const pairs = candidate.flatMap(({values, ...item}): Pair[] => {
    const other = others.get(item.item);
    if (other === undefined) return [];
    if (other !== null)
      return [{...item, candidate: values ?? measure.worst!(other, 'beside'), stable: other}];
    return values === null || test === 'non-inferiority'
      ? []
      : [{...item, candidate: values, stable: values}];
  });
  return {
    alone,
    pairs,
    failed: failed.filter(({item}) => (others.get(item) ?? null) !== null).length,
    stableFailed: scored.filter(({item}) => others.get(item) === null).length,
  };
}

/** For people, behind a gate's reason: `; 3 of 300 answers failed and count as wrong`. */
export function failureNote({alone, failed, stableFailed}: Counted, test: GateSpec['test']): string {
  const ours = failed === 0 ? '' : `; ${failed} of ${alone.length} answers failed and count as wrong`;
  if (stableFailed === 0) return ours;
  const as = test === 'superiority' ? 'count as no difference' : 'are left out';
  return `${ours}; ${stableFailed} that failed for stable ${as}`;
}

/** Value by value. */
function meanOf(scored: readonly Scored[]): number[] {
  return scored[0]!.values.map(
    (_, i) => scored.reduce((sum, {values}) => sum + values[i]!, 0) / scored.length,
  );
}
