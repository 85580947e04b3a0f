import {openGates} from '../../verdict.ts';
import {escapeHtml} from '../escape.ts';
import type {ReportView} from '../view.ts';
import {gateName, labelOf, rule, shown, VERDICT_WORDS, verdictLine} from '../wording.ts';

/** What the verdict is and why, and the figures that matter most: those of the required gates. */
export function verdictSection(view: ReportView): string {
  const {report, catalog, currency} = view;
  const open = report.gates.filter((gate) => !gate.spec.required && gate.verdict !== 'pass').length;
  const advisory =
    open === 0
      ? ''
      : ` ${open} advisory ${open === 1 ? 'gate does' : 'gates do'} not pass; they don't decide.`;
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
  return (
    `<div class="verdict ${report.verdict}" role="status"><strong>${VERDICT_WORDS[report.verdict]}</strong>` +
    `<p>${escapeHtml(verdictLine(view) + advisory)}</p>${reasons(view)}</div>` +
    (tiles.length > 0 ? `<div class="tiles">${tiles.join('')}</div>` : '')
  );
}

/** The figures of every required gate that did not pass. */
function reasons({report, catalog, currency}: ReportView): string {
  const items = openGates(report.gates).map(
    ({spec, reason}) =>
      `<li><b>${escapeHtml(gateName(spec, catalog))}</b>, ${escapeHtml(rule(spec, catalog, currency))}: ${escapeHtml(reason)}</li>`,
  );
  return items.length === 0 ? '' : `<ul>${items.join('')}</ul>`;
}
