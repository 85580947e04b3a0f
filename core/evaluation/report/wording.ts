import type {Estimate} from '../../../schemas/artifact.ts';
import type {GateSpec, Report} from '../../../schemas/report.ts';
import {figure} from '../gates/figure.ts';
import type {Metric} from '../gates/catalog.ts';
import type {ReportView} from './view.ts';

/** How reports put figures and rules into words; the same in HTML, Markdown and the model card. */

export function shown(value: number, unit: Metric['unit'], currency: string): string {
  switch (unit) {
    case 'share':
      return value.toFixed(3);
    case 'points':
      return value.toFixed(1);
    case 'number':
      return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
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

/** The rule of a gate as a sentence without subject: `not worse than stable by more than 0.05`. */
export function rule(spec: GateSpec): string {
  const scale = spec.metric.endsWith('_perplexity') ? ' (in ln perplexity)' : '';
  switch (spec.test) {
    case 'non-inferiority':
      return `not worse than stable by more than ${figure(spec.margin)}${scale}`;
    case 'superiority':
      return spec.margin === 0
        ? 'better than stable'
        : `better than stable by more than ${figure(spec.margin)}${scale}`;
    case 'at-least':
      return `at least ${figure(spec.limit ?? NaN)}`;
    case 'at-most':
      return `at most ${figure(spec.limit ?? NaN)}`;
  }
}

export function labelOf(metric: string, catalog: ReportView['catalog']): string {
  return catalog.get(metric)?.label ?? metric;
}

/** What a gate is called where nothing else names its slice. */
export function gateName({metric, slice}: GateSpec, catalog: ReportView['catalog']): string {
  return labelOf(metric, catalog) + (slice === undefined ? '' : `, slice ${slice}`);
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
  if (report.verdict === 'pass') return `All ${required.length} required gates passed.`;
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
export function peerName(name: string): string {
  return name.replaceAll('_', ' ');
}

export function count(n: number): string {
  return n.toLocaleString('en-US');
}
