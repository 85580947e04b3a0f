import type {Estimate} from '../../schemas/artifact.ts';
import {wilson, type Interval} from '../evaluation/statistics/proportion.ts';
import {varianceInflation} from '../evaluation/statistics/serial-correlation.ts';
import {exactDifference, independentDifference} from './intervals.ts';
import {asOf, lookAt, twoSided, type Look} from './looks.ts';
import {unitMean, weightSoFar, type OfUnit, type UnitMean} from './units.ts';

/** An answer, or a row, that was right, or failed, or not. */
export interface Outcome extends OfUnit {
  readonly hit: boolean;
}

/** A share by unit; `inStretches`: what it is worth where hits come in stretches of time, never more than its `worth`. */
export interface SideShare extends UnitMean {
  readonly hits: number;
  readonly inStretches: number;
}

export interface ComparedShares {
  readonly stable: SideShare;
  readonly canary: SideShare;
  /** What repeated users make of the answers; '' where nobody asked twice. */
  readonly about: string;
  readonly shares: {
    readonly stable: Estimate;
    readonly canary: Estimate;
    readonly difference: Estimate;
    readonly oneSided: Interval;
  };
}

/** Both sides as the last look has them, and `better` says which harm is: of what should be more, or less; null before the first. */
export function judgedAt(about: {
  readonly stable: readonly Outcome[];
  readonly canary: readonly Outcome[];
  readonly minSamples: number;
  readonly better: 'more' | 'less';
}): ComparedShares | null {
  const {stable: one, canary: two, minSamples, better} = about;
  const look = lookAt(Math.min(weightOf(one), weightOf(two)), minSamples);
  if (look === null) return null;
  const sides = asOf(look.n, one, two, weightSoFar).map((side) => {
    const values = side.map(({hit}) => (hit ? 1 : 0));
    const hits = values.filter((value) => value === 1).length;
    // A unit that did not come yet may be the opposite of most.
    const worst = 2 * hits > values.length ? 0 : 1;
    const mean = unitMean(
      values,
      side.map(({unit}) => unit),
      {worst, error: look.error},
    );
    return {...mean, hits, inflation: varianceInflation(values)};
  });
  // Stretches that one side shows are to be reckoned with on the other: where none was seen, one may only not have come yet.
  const inflation = Math.max(...sides.map((side) => side.inflation));
  const [stable, canary] = sides.map((side): SideShare => ({
    ...side,
    inStretches: Math.min(side.worth, side.answers / inflation),
  })) as [SideShare, SideShare];
  return {stable, canary, about: worthOf([stable, canary]), shares: shares(stable, canary, look, better)};
}

/**
 * The bound that a pass needs reckons with stretches of hits, the bound that a failure needs does not: what went wrong in one
 * stretch has gone wrong for all who asked then.
 */
function shares(
  stable: SideShare,
  canary: SideShare,
  look: Look,
  better: 'more' | 'less',
): ComparedShares['shares'] {
  const counts = ({mean}: SideShare, n: number) => ({successes: mean * n, n});
  const careful = [stable, canary].map((side) => counts(side, side.inStretches)) as [Counts, Counts];
  const plain = [stable, canary].map((side) => counts(side, side.worth)) as [Counts, Counts];
  const forPass = exactDifference(...careful, twoSided(look));
  const forFail = exactDifference(...plain, twoSided(look));
  return {
    stable: shareOf(stable),
    canary: shareOf(canary),
    difference: {value: canary.mean - stable.mean, ...independentDifference(...careful), n: look.n},
    oneSided:
      better === 'more' ? {low: forPass.low, high: forFail.high} : {low: forFail.low, high: forPass.high},
  };
}
type Counts = {readonly successes: number; readonly n: number};

export function shareOf({mean, worth, answers}: UnitMean): Estimate {
  return {value: mean, ...wilson(mean * worth, worth), n: answers};
}

/** The size by which looks are taken: what the answers weigh by unit. */
export function weightOf(answers: readonly OfUnit[]): number {
  return weightSoFar(answers).at(-1) ?? 0;
}

export function ofUnits(answers: readonly OfUnit[]): string {
  const units = new Set(answers.map(({unit}) => unit)).size;
  return units < answers.length ? ` of ${units} users` : '';
}

/** Said only where users asked more than once. */
export function worthOf(sides: readonly UnitMean[]): string {
  if (sides.every(({units, answers}) => units === answers)) return '';
  const users = sides.map(({units}) => units).join(' and ');
  return `; by ${users} users, worth ${sides.map(({worth}) => worth.toFixed(0)).join(' and ')}`;
}
