import type {Estimate} from '../schemas/artifact.ts';
import type {GateResult, Report} from '../schemas/report.ts';
import type {Html, Piece} from './html.ts';
import {chip, table} from './parts.ts';

/** The gates of a report: what each decided, and by which figures. */
export function gatesTable({gates}: Report): Html {
  const columns = [
    {head: 'Gate', kind: 'tight'},
    {head: 'Verdict'},
    {head: ''},
    {head: 'Candidate', kind: 'number'},
    {head: 'Stable', kind: 'number'},
    {head: 'Reason', kind: 'text'},
  ] as const;
  return table('Gates', columns, gates.map(rowOf), 'no gate');
}

function rowOf({spec, verdict, reason, candidate, stable}: GateResult): Piece[] {
  return [
    spec.slice === undefined ? spec.metric : `${spec.metric} [${spec.slice}]`,
    chip(verdict),
    spec.required ? 'required' : 'advisory',
    estimate(candidate),
    estimate(stable),
    reason,
  ];
}

/** `0.974 [0.92, 0.99]`, `–` for none. */
export function estimate(of: Estimate | null | undefined): string {
  if (!of) return '–';
  return `${figure(of.value)} [${figure(of.low)}, ${figure(of.high)}]`;
}

function figure(value: number): string {
  return value.toLocaleString('en-US', {maximumSignificantDigits: 3});
}
