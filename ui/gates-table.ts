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
  return html`${figure(of.value)}<br /><span class="soft">${interval(of)}</span>`;
}

/** `0.974 [0.92, 0.99]`, `–` for none. */
export function estimate(of: Estimate | null | undefined): string {
  if (!of) return '–';
  return `${figure(of.value)} ${interval(of)}`;
}

function interval({low, high}: Estimate): string {
  return `[${figure(low)}, ${figure(high)}]`;
}

function figure(value: number): string {
  return value.toLocaleString('en-US', {maximumSignificantDigits: 3});
}
