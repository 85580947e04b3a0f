import type {BaselineComparison} from '../../../schemas/report.ts';
import {figure} from '../gates/figure.ts';
import type {ReportView} from './view.ts';
import {count, labelOf, shown} from './wording.ts';

/** What a reader weighs before any other figure: tasks that a linear model does as well. */
export interface AsGood {
  /** `Bag of words is better at triage` */
  readonly title: string;
  /** With its time an answer beside the candidate's, where both were measured. */
  readonly question: string;
  /** The figures, a sentence a metric. */
  readonly lines: readonly string[];
}

/**
 * Null where the candidate is shown to be better than bag of words on every task that both do. The burden of proof is the
 * model's: a difference whose lower 95 % bound is not above 0 counts as none.
 */
export function asGoodAsTheModel(view: Pick<ReportView, 'report' | 'catalog' | 'currency'>): AsGood | null {
  const open = (view.report.bagOfWords ?? []).filter(({verdict}) => verdict !== 'pass');
  if (open.length === 0) return null;
  const tasksOf = (verdict: BaselineComparison['verdict']): string =>
    open
      .filter((one) => one.verdict === verdict)
      .map(({metric}) => view.catalog.get(metric)?.of ?? metric)
      .join(' and ');
  const [better, alike] = [tasksOf('fail'), tasksOf('inconclusive')];
  const parts = [
    ...(better === '' ? [] : [`Bag of words is better at ${better}`]),
    ...(alike === '' ? [] : [`The candidate is not shown to be better than bag of words at ${alike}`]),
  ];
  return {
    title: parts.join('. '),
    question: questionOf(open),
    lines: open.map((one) => comparisonLine(one, view)),
  };
}

function questionOf(open: readonly BaselineComparison[]): string {
  const ask = 'do you need this one?';
  const {candidate = 0, baseline = 0} = open.find(({milliseconds}) => milliseconds)?.milliseconds ?? {};
  const times = candidate / baseline;
  if (!(times >= 2 && Number.isFinite(times))) return `Bag of words is a linear model: ${ask}`;
  return `A linear model does this in 1/${count(Number(times.toPrecision(2)))} of the time (${inMs(baseline)} an answer, the candidate ${inMs(candidate)}): ${ask}`;
}

function inMs(value: number): string {
  return value >= 10 ? `${count(Math.round(value))} ms` : `${figure(Number(value.toPrecision(2)))} ms`;
}

const MEANING = {
  pass: 'the candidate is better',
  fail: 'the candidate is worse',
  inconclusive: 'the candidate is not shown to be better',
} as const;

/** `Balanced accuracy (triage): candidate 0.951, bag of words 0.955. Difference −0.004, 95 % interval −0.04 to 0.03 …` */
function comparisonLine(
  {metric, verdict, candidate, baseline, difference, reason}: BaselineComparison,
  {catalog, currency}: Pick<ReportView, 'catalog' | 'currency'>,
): string {
  const name = labelOf(metric, catalog);
  if (candidate === null || baseline === null || difference === null) return `${name}: ${reason}.`;
  const say = (value: number): string => shown(value, catalog.get(metric)?.unit ?? 'number', currency);
  const {value, low, high, n} = difference;
  return `${name}: candidate ${say(candidate.value)}, bag of words ${say(baseline.value)}. Difference ${figure(value)}, 95 % interval ${figure(low)} to ${figure(high)} over the same ${count(n)} rows: ${MEANING[verdict]}.`;
}
