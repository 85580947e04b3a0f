import {COST_COLUMNS, costNote, costRows} from '../costs.ts';
import {escapeHtml} from '../escape.ts';
import type {ReportView} from '../view.ts';
import {section, table, type Section} from './parts.ts';

/** Estimate and actual side by side. */
export function costsSection({costs}: ReportView): Section | null {
  if (costs === null) return null;
  const columns = COST_COLUMNS.map((head, i) => ({head, number: i > 0 && i < COST_COLUMNS.length - 1}));
  const rows = costRows(costs).map((cells) => cells.map(escapeHtml));
  return section('Costs', costNote(costs), table('What the stages took', columns, rows));
}
