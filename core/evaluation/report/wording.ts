import type {Estimate} from '../../../schemas/artifact.ts';
import type {GateResult, GateSpec, Report} from '../../../schemas/report.ts';
import {figure, quantity} from '../gates/figure.ts';
import {unitOf} from '../gates/unit.ts';
import type {Metric} from '../catalog/metric.ts';
import type {RowCounts} from '../../../schemas/training.ts';
import type {ReportView} from './view.ts';

/** How reports put figures and rules into words; the same in HTML, Markdown and the model card. */

export function shown(value: number, unit: Metric['unit'], currency: string): string {
  switch (unit) {
    case 'share':
      return value.toFixed(3);
    case 'points':
      return value.toFixed(1);
    case 'number':
      return value >= 100 ? count(Math.round(value)) : value.toFixed(value >= 10 ? 1 : 2);
    case 'ms':
      return `${Math.round(value).toLocaleString('en-US')} ms`;
    case 'money':
      return `${value >= 0.1 || value === 0 ? value.toFixed(2) : value.toPrecision(2)} ${currency}`;
  }
}

/** `0.951 [0.909, 0.974]` */
export function shownEstimate(estimate: Estimate, unit: Metric['unit'], currency: string): string {
  const plain = (value: number): string => shown(value, unit, currency).replace(/ \S+$/, '');
  return `${shown(estimate.value, unit, currency)} [${plain(estimate.low)}, ${plain(estimate.high)}]`;
}

/** The rule of a gate as a sentence without subject: `not worse than stable by more than 0.05`, `at most 20000 ms`. */
export function rule(spec: GateSpec, catalog: ReportView['catalog'], currency: string): string {
  const unit = unitOf(spec, catalog.get(spec.metric), currency);
  const margin =
    quantity(spec.margin, unit) + (unit === 'nats' ? ` (perplexity ${factor(spec.margin)})` : '');
  const other = spec.against === 'anchor' ? 'the anchor' : 'stable';
  switch (spec.test) {
    case 'non-inferiority':
      return `not worse than ${other} by more than ${margin}`;
    case 'superiority':
      return spec.margin === 0 ? `better than ${other}` : `better than ${other} by more than ${margin}`;
    case 'at-least':
      return `at least ${quantity(spec.limit ?? NaN, unit)}`;
    case 'at-most':
      return `at most ${quantity(spec.limit ?? NaN, unit)}`;
  }
}

/** By what a perplexity is multiplied where its logarithm grows by so many nats: `× 1.65`. */
function factor(nats: number): string {
  return `× ${figure(Math.exp(nats))}`;
}

/** What a gate's figure rests on: `300 clusters, at least 68 needed; betting over clusters`. Null in reports of earlier versions. */
export function basisLine({basis}: GateResult): string | null {
  if (basis === undefined) return null;
  const needed = basis.smallest === null ? 'no number would do' : `at least ${count(basis.smallest)} needed`;
  return `${count(basis.clusters)} clusters, ${needed}; ${basis.method}`;
}

/** The bound that decided, or the effect that could be detected, with its unit; a dash where there is none. */
export function gateFigure(
  value: number | null,
  spec: GateSpec,
  view: Pick<ReportView, 'catalog' | 'currency'>,
): string {
  return value === null ? '–' : quantity(value, unitOf(spec, view.catalog.get(spec.metric), view.currency));
}

export function labelOf(metric: string, catalog: ReportView['catalog']): string {
  return catalog.get(metric)?.label ?? metric;
}

/** What a gate is called where nothing else names its slice. */
export function gateName({metric, slice, against}: GateSpec, catalog: ReportView['catalog']): string {
  const where = slice === undefined ? '' : `, slice ${slice}`;
  return labelOf(metric, catalog) + where + (against === 'anchor' ? ', against the anchor' : '');
}

/** One sentence: what the verdict is, and which gates brought it about. */
export function verdictLine({report, catalog}: Pick<ReportView, 'report' | 'catalog'>): string {
  const required = report.gates.filter((gate) => gate.spec.required);
  const named = (verdict: string): string =>
    [
      ...new Set(
        required.filter((gate) => gate.verdict === verdict).map((gate) => gateName(gate.spec, catalog)),
      ),
    ].join('; ');
  const counted = (verdict: string): number => required.filter((gate) => gate.verdict === verdict).length;
  if (required.length === 0) return 'No required gate applies: nothing was shown.';
  const of = `of ${required.length} required gates`;
  if (report.verdict === 'pass')
    return required.length === 1
      ? 'The one required gate passed.'
      : `All ${required.length} required gates passed.`;
  if (report.verdict === 'fail') return `${counted('fail')} ${of} failed: ${named('fail')}.`;
  return `${counted('inconclusive')} ${of} could not be decided: ${named('inconclusive')}.`;
}

export const VERDICT_WORDS: Readonly<Record<Report['verdict'], string>> = {
  pass: 'Pass',
  fail: 'Fail',
  inconclusive: 'Inconclusive',
};

/** Metric names of a report in the catalog's order: those that any of the three releases has. */
export function measuredMetrics({report, catalog}: Pick<ReportView, 'report' | 'catalog'>): Metric[] {
  const {base, stable, candidate} = report.metrics;
  return [...catalog.values()].filter(({name}) => base[name] ?? stable[name] ?? candidate[name]);
}

/** `always_ham` → `always ham`. */
export function baselineName(name: string): string {
  return name.replaceAll('_', ' ');
}

export function count(n: number): string {
  return n.toLocaleString('en-US');
}

/** Rows by task, and by class where the task has classes: `480: triage 416 (ham 208, spam 208), subject 64`. */
export function rowsLine(rows: RowCounts, tasks: ReportView['tasks']): string {
  const sum = (labels: Readonly<Record<string, number>>): number =>
    Object.values(labels).reduce((a, b) => a + b, 0);
  const parts = Object.entries(rows).map(([task, labels]) => {
    const classes = Object.entries(labels).map(([label, n]) => `${label} ${count(n)}`);
    const shown = tasks[task]?.kind === 'classification' ? ` (${classes.join(', ')})` : '';
    return `${task} ${count(sum(labels))}${shown}`;
  });
  const all = Object.values(rows).reduce((n, labels) => n + sum(labels), 0);
  return `${count(all)}: ${parts.join(', ')}`;
}

/** What the baselines learned from, and how that compares with the candidate; '' without baselines. */
export function baselinesLine({baselinesTrainedOn: peersTrainedOn, training, tasks}: ReportView): string {
  if (Object.keys(peersTrainedOn).length === 0) return '';
  const rows = training?.rows ?? null;
  const ours = rows === null ? '' : `; the candidate’s training took ${rowsLine(rows.train, tasks)}`;
  return `The baselines learned from all labelled rows of the train split, uncut (${rowsLine(peersTrainedOn, tasks)})${ours}.`;
}

/** How many items the figures of one line are of: one number, or one a release where they differ. */
export function itemsOf(estimates: readonly (Estimate | undefined)[]): string {
  return [...new Set(estimates.flatMap((estimate) => (estimate ? [estimate.n] : [])))].map(count).join(' / ');
}
