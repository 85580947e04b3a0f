import {tQuantile} from '../evaluation/statistics/student-t.ts';
import type {Timed} from './looks.ts';

/**
 * Answers of one unit (a user, by the trace's keyed hash) say less than as many of different ones. A unit with m answers
 * weighs m / (1 + .1 (m − 1)): as much as m answers with a correlation of .1 are worth, and less than 10 however many it has,
 * so that no user decides alone. A unit with one answer weighs 1.
 */
const CORRELATION = 0.1;
/** With fewer units their spread is not known well enough: then each counts as one answer. */
const LEAST_UNITS = 20;

export interface OfUnit extends Timed {
  readonly unit: string;
}

/** The mean of some answers' values, by unit, and how many independent answers it is worth. */
export interface UnitMean {
  readonly mean: number;
  /** Not whole; the number of answers where each has a unit of its own. */
  readonly worth: number;
  readonly units: number;
  readonly answers: number;
}

/** Weight of each answer's unit so far, summed over the units, after each answer in the order given: grows with every one. */
export function weightSoFar(answers: readonly OfUnit[]): number[] {
  const counts = new Map<string, number>();
  let total = 0;
  return answers.map(({unit}) => {
    const before = counts.get(unit) ?? 0;
    counts.set(unit, before + 1);
    total += weightOf(before + 1) - weightOf(before);
    return total;
  });
}

/**
 * The worth holds for any correlation within a unit. It is at least Kish's number of units, (Σw)² / Σw², since a unit says at
 * least as much as one answer. From 20 units on it is more where they are seen to be alike: the variance that independent
 * answers would have, over the variance between the units, times the squared ratio of t quantiles (Korn and Graubard 1998).
 * To that variance one more unit is added whose answers are all `worst`: so where few units went wrong, or none, one that
 * did not come yet is reckoned with, and only many events show that units are alike.
 */
export function unitMean(
  values: readonly number[],
  units: readonly string[],
  {worst, error}: {readonly worst: number; readonly error: number},
): UnitMean {
  const byUnit = new Map<string, {m: number; sum: number; square: number}>();
  values.forEach((value, i) => {
    const unit = byUnit.get(units[i]!) ?? {m: 0, sum: 0, square: 0};
    byUnit.set(units[i]!, {m: unit.m + 1, sum: unit.sum + value, square: unit.square + value * value});
  });
  const all = [...byUnit.values()].map(({m, sum, square}) => ({
    m,
    w: weightOf(m),
    mean: sum / m,
    square: square / m,
  }));
  const total = sumOf(all, ({w}) => w);
  const mean = sumOf(all, ({w, mean: x}) => w * x) / total;
  const squares = sumOf(all, ({w}) => w * w);
  const about = {mean, units: all.length, answers: values.length};
  const kish = (total * total) / squares;
  if (all.length === values.length || all.length < LEAST_UNITS) return {...about, worth: kish};
  const most = (total * total) / sumOf(all, ({w, m}) => (w * w) / m);
  const independent = Math.max(0, sumOf(all, ({w, square}) => w * square) / total - mean * mean);
  const between = sumOf(all, ({w, mean: x}) => w * w * (x - mean) ** 2) * (all.length / (all.length - 1));
  const unseen = (squares / all.length) * (worst - mean) ** 2;
  const ratio = tQuantile(1 - error, values.length - 1) / tQuantile(1 - error, all.length - 1);
  const seen = ((independent * total * total) / (between + unseen)) * ratio * ratio;
  return {...about, worth: Math.max(kish, Math.min(most, seen))};
}

function weightOf(m: number): number {
  return m === 0 ? 0 : m / (1 + CORRELATION * (m - 1));
}

function sumOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
