import {short} from '../../../schemas/names.ts';
import {figure} from '../gates/figure.ts';
import {escapeMarkdown} from './escape.ts';
import {failuresOf, probesOf, type ReportView} from './view.ts';
import {
  count,
  gateName,
  measuredMetrics,
  peerName,
  rule,
  shownEstimate,
  VERDICT_WORDS,
  verdictLine,
} from './wording.ts';

/** The report for a terminal, a pull request or a chat: the same figures as the page, without its pictures. */
export function renderMarkdown(view: ReportView): string {
  const {report} = view;
  return [
    `# ${escapeMarkdown(report.project)}: gauntlet of release ${short(report.release)}`,
    `**${VERDICT_WORDS[report.verdict]}.** ${escapeMarkdown(verdictLine(view))}`,
    '## Gates',
    gateTable(view),
    '## Metrics',
    metricTable(view),
    ...peerTable(view),
    ...probeTable(view),
    ...failureList(view),
    ...(report.notes.length === 0
      ? []
      : ['## Not measured, and limits', report.notes.map((note) => `- ${escapeMarkdown(note)}`).join('\n')]),
    '## Digests',
    [
      `- release \`${report.release}\``,
      `- stable \`${report.stable}\``,
      `- dataset \`${report.dataset ?? 'none'}\``,
      `- gate policy \`${report.policy}\``,
    ].join('\n'),
    '',
  ].join('\n\n');
}

export function gateTable({report, catalog, currency}: ReportView): string {
  return markdownTable(
    ['Gate', 'Rule', 'Candidate', 'Stable', 'Bound', 'Could detect', 'Verdict'],
    report.gates.map(({spec, verdict, candidate, stable, bound, minimumDetectable, reason}) => {
      const unit = catalog.get(spec.metric)?.unit ?? 'number';
      return [
        `${escapeMarkdown(gateName(spec, catalog))}${spec.required ? '' : ' (advisory)'}`,
        escapeMarkdown(rule(spec)),
        candidate ? shownEstimate(candidate, unit, currency) : '–',
        stable ? shownEstimate(stable, unit, currency) : '–',
        bound === null ? '–' : figure(bound),
        minimumDetectable === null ? '–' : figure(minimumDetectable),
        verdict === 'pass'
          ? '✓ pass'
          : `${verdict === 'fail' ? '✗ fail' : '? inconclusive'}: ${escapeMarkdown(reason)}`,
      ];
    }),
  );
}

export function metricTable(view: ReportView): string {
  const {base, stable, candidate} = view.report.metrics;
  return markdownTable(
    ['Metric', 'Base', 'Stable', 'Candidate'],
    measuredMetrics(view).map(({name, label, unit}) => [
      escapeMarkdown(label),
      ...[base, stable, candidate].map((known) => {
        const estimate = known[name];
        return estimate ? shownEstimate(estimate, unit, view.currency) : '–';
      }),
    ]),
  );
}

function peerTable(view: ReportView): string[] {
  const {baselines, metrics} = view.report;
  const names = Object.keys(baselines);
  if (names.length === 0) return [];
  const rows = measuredMetrics(view)
    .filter(({name}) => names.some((peer) => baselines[peer]![name] !== undefined))
    .map(({name, label, unit}) => [
      escapeMarkdown(label),
      ...[metrics.candidate, ...names.map((peer) => baselines[peer]!)].map((known) => {
        const estimate = known[name];
        return estimate ? shownEstimate(estimate, unit, view.currency) : '–';
      }),
    ]);
  return [
    '## Peers beside the model',
    markdownTable(['Metric', 'Candidate', ...names.map((name) => escapeMarkdown(peerName(name)))], rows),
  ];
}

function probeTable(view: ReportView): string[] {
  const rows = probesOf(view);
  if (rows.length === 0) return [];
  return [
    '## Safety probes: attacks that worked',
    markdownTable(
      ['Probe', 'Family', 'Tried', 'Candidate', 'Stable'],
      rows.map((row) => [row.aspect, row.family, `${row.asked}`, `${row.candidate}`, `${row.stable}`]),
    ),
  ];
}

function failureList(view: ReportView): string[] {
  const failures = failuresOf(view, 5);
  if (failures.length === 0) return [];
  const cut = (text: string): string => escapeMarkdown(text.length > 160 ? `${text.slice(0, 160)} …` : text);
  return [
    '## Failures to read',
    failures
      .map(
        (failure) =>
          `- **${escapeMarkdown(failure.task)}**, ${escapeMarkdown(failure.item)}: ${escapeMarkdown(failure.what)}\n` +
          `  - input: ${cut(failure.input)}\n  - expected: ${cut(failure.expected)}\n  - answered: ${failure.output === '' ? '(empty)' : cut(failure.output)}`,
      )
      .join('\n'),
  ];
}

export function countTable(head: string, counts: Readonly<Record<string, number>>): string {
  return markdownTable(
    [head, 'Rows'],
    Object.entries(counts).map(([name, n]) => [escapeMarkdown(name || '(none)'), count(n)]),
  );
}

/** Cells are Markdown already. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
