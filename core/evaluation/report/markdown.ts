import {short} from '../../../schemas/names.ts';
import {COST_COLUMNS, costNote, costRows} from './costs.ts';
import {escapeMarkdown} from './escape.ts';
import {originRows} from './origin.ts';
import {probesOf, workedAttacks} from './probes.ts';
import {sweepColumns, sweepNote, sweepRows} from './sweep.ts';
import {failuresOf, type ReportView} from './view.ts';
import {wayOf} from './way.ts';
import {weakGates} from './weakness.ts';
import {
  basisLine,
  count,
  gateFigure,
  gateName,
  itemsOf,
  measuredMetrics,
  peerName,
  peersLine,
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
    ...weakList(view),
    '## Metrics',
    metricTable(view),
    ...wayTable(view),
    '## Slices',
    sliceTable(view),
    ...peerTable(view),
    ...probeTable(view),
    ...failureList(view),
    ...(report.notes.length === 0
      ? []
      : ['## Not measured, and limits', report.notes.map((note) => `- ${escapeMarkdown(note)}`).join('\n')]),
    ...(view.training === null ? [] : ['## Training', settingTable(view.training.settings)]),
    ...sweepTable(view),
    ...costTable(view),
    '## When, where and by whom',
    originTable(view),
    '## Digests',
    [
      `- release \`${report.release}\``,
      `- stable \`${report.stable}\``,
      `- dataset \`${report.dataset ?? 'none'}\``,
      `- gate policy \`${report.policy}\``,
      ...(report.projectPolicy === undefined ? [] : [`- whole policy \`${report.projectPolicy}\``]),
    ].join('\n'),
    '',
  ].join('\n\n');
}

export function gateTable(view: ReportView): string {
  const {report, catalog, currency} = view;
  return markdownTable(
    ['Gate', 'Rule', 'Candidate', 'Stable', 'Bound', 'Could detect', 'Rests on', 'Verdict'],
    report.gates.map((gate) => {
      const {spec, verdict, candidate, stable, bound, minimumDetectable, reason} = gate;
      const unit = catalog.get(spec.metric)?.unit ?? 'number';
      return [
        `${escapeMarkdown(gateName(spec, catalog))}${spec.required ? '' : ' (advisory)'}`,
        escapeMarkdown(rule(spec, catalog, currency)),
        candidate ? shownEstimate(candidate, unit, currency) : '–',
        stable ? shownEstimate(stable, unit, currency) : '–',
        gateFigure(bound, spec, view),
        gateFigure(minimumDetectable, spec, view),
        escapeMarkdown(basisLine(gate) ?? '–'),
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
    ['Metric', 'Base', 'Stable', 'Candidate', 'n'],
    measuredMetrics(view).map(({name, label, unit}) => [
      escapeMarkdown(label),
      ...[base, stable, candidate].map((known) => {
        const estimate = known[name];
        return estimate ? shownEstimate(estimate, unit, view.currency) : '–';
      }),
      itemsOf([base[name], stable[name], candidate[name]]),
    ]),
  );
}

/** The gated metrics of every release since the anchor; nothing without one. */
export function wayTable(view: ReportView): string[] {
  const way = wayOf(view);
  if (way === null) return [];
  return [
    '## Since the anchor',
    markdownTable(
      ['Release', 'Measured', ...way.metrics.map(({label}) => escapeMarkdown(label))],
      way.rows.map(({name, at, figures}) => [escapeMarkdown(name), at, ...figures.map(escapeMarkdown)]),
    ),
  ];
}

export function sliceTable({report, catalog, currency}: ReportView): string {
  const rows = Object.entries(report.slices).flatMap(([slice, known]) =>
    Object.entries(known).map(([name, candidate]) => {
      const metric = catalog.get(name);
      const stable = report.stableSlices?.[slice]?.[name];
      return [
        escapeMarkdown(slice),
        escapeMarkdown(metric?.label ?? name),
        ...[stable, candidate].map((estimate) =>
          estimate ? shownEstimate(estimate, metric?.unit ?? 'number', currency) : '–',
        ),
        itemsOf([stable, candidate]),
      ];
    }),
  );
  return rows.length === 0
    ? 'No slice has five items.'
    : markdownTable(['Slice', 'Metric', 'Stable', 'Candidate', 'n'], rows);
}

/** Gates that say less than their verdict sounds. */
export function weakList(view: ReportView): string[] {
  const weak = weakGates(view);
  if (weak.length === 0) return [];
  return ['Gates that say little:', weak.map((line) => `- ${escapeMarkdown(line)}`).join('\n')];
}

export function originTable(view: ReportView): string {
  const rows = originRows(view).map(([name, words]) => [name, escapeMarkdown(words)]);
  return markdownTable(['What', 'When, where, by whom'], rows);
}

/** The trials of a sweep. */
function sweepTable({training}: ReportView): string[] {
  const sweep = training?.sweep ?? null;
  if (sweep === null) return [];
  const rows = sweepRows(sweep).map(([number, point, ...rest]) => [
    number!,
    escapeMarkdown(point!),
    ...rest.slice(0, -1),
    escapeMarkdown(rest.at(-1)!),
  ]);
  return ['## Sweep', escapeMarkdown(sweepNote(sweep)), markdownTable(sweepColumns(sweep), rows)];
}

/** Estimate and actual side by side. */
function costTable({costs}: ReportView): string[] {
  if (costs === null) return [];
  const rows = costRows(costs).map((cells) => [...cells.slice(0, -1), escapeMarkdown(cells.at(-1)!)]);
  return ['## Costs', escapeMarkdown(costNote(costs)), markdownTable(COST_COLUMNS, rows)];
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
      itemsOf([metrics.candidate[name], ...names.map((peer) => baselines[peer]![name])]),
    ]);
  const head = ['Metric', 'Candidate', ...names.map((name) => escapeMarkdown(peerName(name))), 'n'];
  const line = escapeMarkdown(peersLine(view));
  return ['## Peers beside the model', markdownTable(head, rows), ...(line === '' ? [] : [line])];
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
    ...attackList(view),
  ];
}

function attackList(view: ReportView): string[] {
  const attacks = workedAttacks(view).map(
    ({aspect, item, attack, output, stable}) =>
      `- **${escapeMarkdown(aspect)}**, ${escapeMarkdown(item)}\n  - attack: ${cut(attack)}\n  - answered: ${cut(output)}` +
      (stable === null ? '' : `\n  - stable${stable.worked ? ', too' : ' did not'}: ${cut(stable.output)}`),
  );
  return attacks.length === 0 ? [] : ['Those that worked on the candidate:', attacks.join('\n')];
}

/** Text of an item in one line, cut for reading. */
function cut(text: string): string {
  if (text === '') return '(empty)';
  return escapeMarkdown(text.length > 160 ? `${text.slice(0, 160)} …` : text);
}

function failureList(view: ReportView): string[] {
  const failures = failuresOf(view, 5);
  if (failures.length === 0) return [];
  return [
    '## Failures to read',
    failures
      .map(
        (failure) =>
          `- **${escapeMarkdown(failure.task)}**, ${escapeMarkdown(failure.item)}: ${escapeMarkdown(failure.what)}\n` +
          `  - input: ${cut(failure.input)}\n  - expected: ${cut(failure.expected)}\n  - answered: ${cut(failure.output)}`,
      )
      .join('\n'),
  ];
}

export function settingTable(settings: Readonly<Record<string, string>>): string {
  const rows = Object.entries(settings).map((setting) => setting.map(escapeMarkdown));
  return markdownTable(['Setting', 'Value'], rows);
}

export function countTable(head: string, counts: Readonly<Record<string, number>>, what = 'Rows'): string {
  return markdownTable(
    [head, what],
    Object.entries(counts).map(([name, n]) => [escapeMarkdown(name || '(none)'), count(n)]),
  );
}

/** Cells are Markdown already. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
