import {escapeHtml} from '../escape.ts';
import {sweepColumns, sweepNote, sweepRows} from '../sweep.ts';
import type {ReportView} from '../view.ts';
import {section, table, type Section} from './parts.ts';
import {sweepPlot} from './sweep-plot.ts';

/** The trials of a sweep: a picture and a table. */
export function sweepSection({training}: ReportView): Section | null {
  const sweep = training?.sweep ?? null;
  if (sweep === null) return null;
  const columns = sweepColumns(sweep).map((head, i, all) => ({head, number: i > 1 && i < all.length - 1}));
  const rows = sweepRows(sweep).map((cells) => cells.map(escapeHtml));
  return section(
    'Sweep',
    sweepNote(sweep),
    `<div class="card">${sweepPlot(sweep)}</div>${table('Trials, by the order in which they were drawn', columns, rows)}`,
  );
}
