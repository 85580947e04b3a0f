import type {GateResult} from '../../../../schemas/report.ts';
import {figure} from '../../gates/figure.ts';
import {escapeHtml} from '../escape.ts';
import type {ReportView} from '../view.ts';
import {weakness} from '../weakness.ts';
import {basisLine, gateFigure, labelOf, rule, shown} from '../wording.ts';
import {chip, estimateCell, section, table, type Section} from './parts.ts';
import {intervalPlot} from './plots.ts';

const NOTE =
  'Each gate was declared before the run. It decides by a one-sided 95 % bound: on the paired difference, candidate minus ' +
  'stable on the same items, or on the candidate alone where it has a limit. Dot and bar are the estimate with its ' +
  'two-sided 95 % interval; the dashed line is the threshold (margin or limit), the tinted side is the good one. Differences are ' +
  'positive where the candidate is better. Only required gates decide, and all of them must pass, so no correction for ' +
  'several tests is due.';

export function gatesSection(view: ReportView): Section {
  const columns = [
    {head: 'Gate'},
    {head: 'Candidate', number: true},
    {head: 'Stable', number: true},
    {head: 'vs threshold'},
    {head: 'Smallest detectable effect', number: true},
    {head: 'Verdict'},
  ];
  const rows = view.report.gates.map((gate) => row(gate, view));
  return section('Gates', NOTE, table('In the order of the policy', columns, rows));
}

function row(gate: GateResult, view: ReportView): string[] {
  const {spec} = gate;
  const unit = view.catalog.get(spec.metric)?.unit ?? 'number';
  const weak = weakness(gate, view);
  const tags = [
    spec.required ? 'required' : 'advisory',
    ...(spec.against === 'anchor' ? ['against the anchor'] : []),
    ...(spec.slice === undefined ? [] : [`slice ${spec.slice}`]),
    ...(weak === null ? [] : ['says little']),
  ];
  const lines = [
    rule(spec, view.catalog, view.currency),
    gate.reason,
    ...[basisLine(gate)].filter((line) => line !== null),
    ...(weak === null ? [] : [`Says little: ${weak}.`]),
  ];
  return [
    `${escapeHtml(labelOf(spec.metric, view.catalog))} ${tags.map((tag) => `<span class="tag">${escapeHtml(tag)}</span>`).join(' ')}` +
      lines.map((line) => `<span class="why">${escapeHtml(line)}</span>`).join(''),
    estimateCell(gate.candidate, unit, view.currency),
    estimateCell(gate.stable, unit, view.currency),
    plot(gate, view),
    gateFigure(gate.minimumDetectable, spec, view),
    chip(gate.verdict),
  ];
}

function plot(gate: GateResult, view: ReportView): string {
  const {spec, verdict} = gate;
  const name = labelOf(spec.metric, view.catalog);
  if (spec.test === 'non-inferiority' || spec.test === 'superiority') {
    if (gate.difference === null) return '';
    const {value, low, high} = gate.difference;
    return intervalPlot({
      label: `${name}: difference ${figure(value)}, interval ${figure(low)} to ${figure(high)}`,
      value,
      low,
      high,
      line: spec.test === 'superiority' ? spec.margin : -spec.margin,
      good: 'above',
      zero: true,
      verdict,
      format: figure,
    });
  }
  if (gate.candidate === null || spec.limit === undefined) return '';
  const unit = view.catalog.get(spec.metric)?.unit ?? 'number';
  const {value, low, high} = gate.candidate;
  return intervalPlot({
    label: `${name}: ${figure(value)}, interval ${figure(low)} to ${figure(high)}, limit ${figure(spec.limit)}`,
    value,
    low,
    high,
    line: spec.limit,
    good: spec.test === 'at-least' ? 'above' : 'below',
    zero: false,
    verdict,
    format: (v) => shown(v, unit, view.currency),
  });
}
