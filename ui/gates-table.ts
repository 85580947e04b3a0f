import {intervalInWords, threeDigits} from '../core/wording/estimate.ts';
import type {Estimate} from '../schemas/artifact.ts';
import type {GateResult, Report} from '../schemas/report.ts';
import {html, type Html, type Piece} from './html.ts';
import {chip, table} from './parts.ts';

/** The gates of a report: what each decided, and by which figures. */
export function gatesTable({gates}: Report): Html {
  const columns = [
    {head: 'Gate', kind: 'tight'},
    {head: 'Verdict'},
    {head: 'Candidate', kind: 'number'},
    {head: 'Stable', kind: 'number'},
    {head: 'Reason', kind: 'text'},
  ] as const;
  return table('Gates', columns, gates.map(rowOf), 'no gate');
}

function rowOf({spec, verdict, reason, candidate, stable}: GateResult): Piece[] {
  return [
    spec.slice === undefined ? spec.metric : `${spec.metric} [${spec.slice}]`,
    html`${chip(verdict)}<br /><span class="soft">${spec.required ? 'required' : 'advisory'}</span>`,
    twoLines(candidate),
    twoLines(stable),
    reason,
  ];
}

/** The interval below its value, which leaves room for the reason. */
function twoLines(of: Estimate | null | undefined): Piece {
  if (!of) return '–';
  return html`${threeDigits(of.value)}<br /><span class="soft">${intervalInWords(of)}</span>`;
}
