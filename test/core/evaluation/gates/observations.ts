import type {Measure, Observation} from '../../../../core/evaluation/gates/measure.ts';
import {GateSpec} from '../../../../schemas/report.ts';

export const options = {maxErrorShare: 0.02};
export const spec = (part: Partial<GateSpec>): GateSpec =>
  GateSpec.parse({metric: 'm', test: 'non-inferiority', margin: 0.05, ...part});
/** Observations from scores, each its own cluster. */
export const of = (scores: readonly (number | null)[], stratum = '', prefix = ''): Observation[] =>
  scores.map((score, i) => ({
    item: `${prefix}${i}`,
    cluster: `${prefix}${i}`,
    stratum,
    values: score === null ? null : [score],
  }));
export const ones = (n: number, of1: number): number[] =>
  Array.from({length: n}, (_, i) => (i < of1 ? 1 : 0));
export const measured = (measure: Measure, candidate: Observation[], stable: Observation[] = []) =>
  ({status: 'measured', measure, candidate, stable}) as const;

/** The example's golden set: 80 spam and 220 ham. */
export const triage = (spam: number, ham: number): Observation[] => [
  ...of(ones(80, spam), 'spam', 's'),
  ...of(ones(220, ham), 'ham', 'h'),
];
