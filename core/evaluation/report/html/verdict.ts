import {openGates} from '../../verdict.ts';
import {escapeHtml} from '../escape.ts';
import type {ReportView} from '../view.ts';
import {gateName, labelOf, rule, shown, VERDICT_WORDS, verdictLine} from '../wording.ts';

/** What the verdict is and why. */
export function verdictBox(view: ReportView): string {
  const {report} = view;
  const open = report.gates.filter((gate) => !gate.spec.required && gate.verdict !== 'pass').length;
  const advisory =
    open === 0
      ? ''
      : ` ${open} advisory ${open === 1 ? 'gate does' : 'gates do'} not pass; they don't decide.`;
  return (
    `<div class="verdict ${report.verdict}" role="status"><strong>${VERDICT_WORDS[report.verdict]}</strong>` +
    `<p>${escapeHtml(verdictLine(view) + advisory)}</p>${reasons(view)}</div>`
  );
}

/** Reasons that are shown before the rest is left to the gates. */
const REASONS = 4;

/** The figures of the first required gates that did not pass. */
function reasons({report, catalog, currency}: ReportView): string {
  const open = openGates(report.gates);
  const items = open
    .slice(0, REASONS)
    .map(
      ({spec, reason}) =>
        `<li><b>${escapeHtml(gateName(spec, catalog))}</b>, ${escapeHtml(rule(spec, catalog, currency))}: ${escapeHtml(reason)}</li>`,
    );
  const more = open.length > REASONS ? `<li><a href="#gates">and ${open.length - REASONS} more</a></li>` : '';
  return items.length === 0 ? '' : `<ul>${items.join('')}${more}</ul>`;
}

/** The figures that matter most: those of the required gates. */
export function headlineTiles({report, catalog, currency}: ReportView): string {
  const names = [
    ...new Set(report.gates.filter((gate) => gate.spec.required).map((gate) => gate.spec.metric)),
  ];
  const tiles = names.slice(0, 4).flatMap((name) => {
    const metric = catalog.get(name);
    const now = report.metrics.candidate[name];
    if (!metric || !now) return [];
    const before = report.metrics.stable[name];
    const from = before ? `stable ${shown(before.value, metric.unit, currency)}` : 'stable not measured';
    return [
      `<div class="tile"><div class="what">${escapeHtml(labelOf(name, catalog))}</div>` +
        `<div class="big">${escapeHtml(shown(now.value, metric.unit, currency))}</div>` +
        `<div class="from">${escapeHtml(from)}</div></div>`,
    ];
  });
  return tiles.length > 0 ? `<div class="tiles">${tiles.join('')}</div>` : '';
}
