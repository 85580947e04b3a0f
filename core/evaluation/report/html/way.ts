import {escapeHtml} from '../escape.ts';
import type {ReportView} from '../view.ts';
import {wayOf} from '../way.ts';
import {shown} from '../wording.ts';
import {section, table, type Section} from './parts.ts';
import {comparisonPlot, type NamedInterval} from './plots.ts';

/** The way from the anchor to the candidate: a picture a metric, and the table; '' without an anchor. */
export function waySection(view: ReportView): Section | null {
  const way = wayOf(view);
  if (way === null) return null;
  const pictures = way.metrics.map((metric, i) => {
    const rows = way.rows.flatMap(({name, estimates}, r): NamedInterval[] => {
      const estimate = estimates[i];
      const kind = r === way.rows.length - 1 ? 'candidate' : r === 0 ? 'base' : 'stable';
      return estimate ? [{...estimate, name: name.replace(/, the /, ' '), kind}] : [];
    });
    if (rows.length === 0) return '';
    const format = (value: number): string => shown(value, metric.unit, view.currency);
    const label = `${metric.label}: ${rows.map(({name, value}) => `${name} ${format(value)}`).join(', ')}`;
    return `<div class="card"><h3>${escapeHtml(metric.label)}</h3>${comparisonPlot(label, rows, format)}</div>`;
  });
  const columns = [
    {head: 'Release'},
    {head: 'Measured'},
    ...way.metrics.map(({label}) => ({head: label, number: true})),
  ];
  const rows = way.rows.map(({name, at, figures}) => [name, at, ...figures].map(escapeHtml));
  return section(
    'Since the anchor',
    'Small losses add up: each release is compared with the one before, and with the anchor. Releases in between are shown as they were measured, on the golden rows of their time.',
    `${pictures.join('')}<br>${table('Releases that were stable since the anchor', columns, rows)}`,
  );
}
