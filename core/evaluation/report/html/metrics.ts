import type {Estimate} from '../../../../schemas/artifact.ts';
import type {Metric} from '../../catalog/metric.ts';
import {escapeHtml} from '../escape.ts';
import type {ReportView} from '../view.ts';
import {baselineName, baselinesLine, itemsOf, measuredMetrics, shown} from '../wording.ts';
import {estimateCell, paragraph, section, table, type Section} from './parts.ts';
import {comparisonPlot, type NamedInterval} from './plots.ts';

/** All metrics of the three releases, and the baselines where they have the metric. */
export function metricsSection(view: ReportView): Section {
  const {report, currency} = view;
  const {base, stable, candidate} = report.metrics;
  const once = report.stable === view.releases.base.digest;
  const columns = [
    {head: 'Metric'},
    {head: 'Better'},
    ...(once
      ? [{head: 'Base = stable', number: true}]
      : [
          {head: 'Base', number: true},
          {head: 'Stable', number: true},
        ]),
    {head: 'Candidate', number: true},
    {head: 'n', number: true},
  ];
  const rows = measuredMetrics(view).map((metric) => [
    `${escapeHtml(metric.label)}<span class="why mono">${escapeHtml(metric.name)}</span>`,
    metric.measure.better === 'higher' ? '↑ higher' : '↓ lower',
    ...(once ? [] : [estimateCell(base[metric.name], metric.unit, currency)]),
    estimateCell(stable[metric.name], metric.unit, currency),
    estimateCell(candidate[metric.name], metric.unit, currency),
    itemsOf([...(once ? [] : [base[metric.name]]), stable[metric.name], candidate[metric.name]]),
  ]);
  return section(
    'Metrics',
    'Estimates with two-sided 95 % intervals. Near-duplicates and probes of one family count as clusters.',
    baselines(view) + table('Every metric that could be measured', columns, rows),
  );
}

/** A picture for each metric that a baseline has too: is the model worth its price? */
function baselines(view: ReportView): string {
  const {report, currency} = view;
  const shared = measuredMetrics(view).filter((metric) =>
    Object.values(report.baselines).some((known) => known[metric.name] !== undefined),
  );
  const preferred = shared.filter((metric) => metric.headline);
  const plots = (preferred.length > 0 ? preferred : shared.slice(0, 1)).map((metric) => {
    const rows = comparison(metric, view);
    const picture = comparisonPlot(
      `${metric.label}: ${rows.map((row) => `${row.name} ${shown(row.value, metric.unit, currency)}`).join(', ')}`,
      rows,
      (value) => shown(value, metric.unit, currency),
    );
    return `<div class="card"><h3>${escapeHtml(metric.label)} against the baselines</h3>${picture}</div>`;
  });
  return plots.length === 0 ? '' : `${plots.join('')}<br>${paragraph(baselinesLine(view))}`;
}

function comparison(metric: Metric, {report, releases}: ReportView): NamedInterval[] {
  const entry = (name: string, kind: string, estimate: Estimate | undefined): NamedInterval[] =>
    estimate ? [{name, kind, value: estimate.value, low: estimate.low, high: estimate.high}] : [];
  const once = releases.stable.digest === releases.base.digest;
  return [
    ...entry('candidate', 'candidate', report.metrics.candidate[metric.name]),
    ...(once
      ? entry('base = stable', 'base', report.metrics.stable[metric.name])
      : [
          ...entry('stable', 'stable', report.metrics.stable[metric.name]),
          ...entry('base', 'base', report.metrics.base[metric.name]),
        ]),
    ...Object.entries(report.baselines).flatMap(([name, known]) =>
      entry(baselineName(name), 'peer', known[metric.name]),
    ),
  ];
}

/** The candidate's figures on named subsets, stable's below. */
export function slicesSection({report, catalog, currency}: ReportView): Section | null {
  const names = [...catalog.values()].filter((metric) =>
    Object.values(report.slices).some((known) => known[metric.name] !== undefined),
  );
  if (names.length === 0) return null;
  const before = (slice: string, name: string, unit: Metric['unit']): string => {
    const estimate = report.stableSlices?.[slice]?.[name];
    return estimate
      ? `<span class="range">stable ${escapeHtml(shown(estimate.value, unit, currency))}</span>`
      : '';
  };
  const rows = Object.entries(report.slices).map(([slice, known]) => [
    escapeHtml(slice),
    ...names.map(({name, unit}) => {
      const estimate = known[name];
      return estimate
        ? `${estimateCell(estimate, unit, currency)}<span class="range">n = ${estimate.n}</span>${before(slice, name, unit)}`
        : '<span class="range">–</span>';
    }),
  ]);
  return section(
    'Slices',
    'The candidate on parts of the items, and stable on the same. Slices of fewer than five items are left out.',
    table(
      'Slice by metric',
      [{head: 'Slice'}, ...names.map(({label}) => ({head: label, number: true}))],
      rows,
    ),
  );
}
