import {short} from '../../../schemas/names.ts';
import {differentAreas, rowsInWords, sameAreas} from '../../releases/in-words.ts';
import type {DiffLine} from '../../releases/line-diff.ts';
import {openGates} from '../verdict.ts';
import {COST_COLUMNS, costNote, costRows} from './costs.ts';
import {changesLine} from './changes.ts';
import {answerChangesLine, answerChangesOf, type AnswerChange} from './answer-changes.ts';
import {asGoodAsTheModel} from './as-good-as-the-model.ts';
import {escapeMarkdown} from './escape.ts';
import {failureLines, failuresOf} from './failures.ts';
import {nextStep} from './next-step.ts';
import {originRows} from './origin.ts';
import {ATTACKS_NOTE, probeGroups, WORKED_WORDS, workedAttacks} from './probes.ts';
import {sweepColumns, sweepNote, sweepRows} from './sweep.ts';
import type {ReportView} from './view.ts';
import {wayOf} from './way.ts';
import {weakGates} from './weakness.ts';
import {
  baselineName,
  baselinesLine,
  basisLine,
  count,
  gateFigure,
  gateName,
  itemsOf,
  measuredMetrics,
  rule,
  shownEstimate,
  VERDICT_WORDS,
  verdictLine,
} from './wording.ts';

/** The report for a terminal, a pull request or a chat: the same figures as the page, without its pictures. */
export function renderMarkdown(view: ReportView): string {
  const {report} = view;
  const parts = [
    '## Changes',
    ...changeList(view),
    '## Gates',
    gateTable(view),
    ...weakList(view),
    ...answerChangesList(view),
    ...failureList(view),
    '## Metrics',
    metricTable(view),
    ...wayTable(view),
    '## Slices',
    sliceTable(view),
    ...baselineTable(view),
    ...probeTables(view),
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
  ];
  return [
    `# ${escapeMarkdown(report.project)}: gauntlet of release ${short(report.release)}`,
    ...firstScreen(view),
    contentsOf(parts),
    ...parts,
    '',
  ].join('\n\n');
}

/** What a decision takes: the verdict, whether a linear model would do, what failed, the command. */
export function firstScreen(view: ReportView): string[] {
  const {report, catalog, currency} = view;
  const open = openGates(report.gates).map(
    ({spec, reason}) =>
      `- **${escapeMarkdown(gateName(spec, catalog))}**, ${escapeMarkdown(rule(spec, catalog, currency))}: ${escapeMarkdown(reason)}`,
  );
  const asGood = asGoodAsTheModel(view);
  const failures = failureLines(view).map(
    ([task, line]) => `- **${escapeMarkdown(task)}**: ${escapeMarkdown(line)}`,
  );
  const {words, commands} = nextStep(report);
  const answers = answerChangesLine(view);
  return [
    `**${VERDICT_WORDS[report.verdict]}.** ${escapeMarkdown(verdictLine(view))}\n` +
      `**Changes against stable:** ${escapeMarkdown(changesLine(view))}` +
      (answers === null ? '' : ` Answers: ${escapeMarkdown(answers)}`),
    ...(open.length === 0 ? [] : [open.join('\n')]),
    ...(asGood === null
      ? []
      : [
          `**${escapeMarkdown(asGood.title)}.** ${escapeMarkdown(asGood.question)}`,
          asGood.lines.map((line) => `- ${escapeMarkdown(line)}`).join('\n'),
        ]),
    ...(failures.length === 0 ? [] : ['**Failures.**', failures.join('\n')]),
    `**Next.** ${escapeMarkdown(words)}`,
    `\`\`\`sh\n${commands.join('\n')}\n\`\`\``,
  ];
}

/** Links to the heads of the second level among these parts, by the anchors that GitHub and the Hub give them. */
export function contentsOf(parts: readonly string[]): string {
  const heads = parts.flatMap((part) => (part.startsWith('## ') ? [part.slice(3)] : []));
  const anchor = (head: string): string =>
    head
      .toLowerCase()
      .replace(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-');
  return heads.map((head) => `[${head}](#${anchor(head)})`).join(' · ');
}

/** Part by part, the lines of prompts as a diff. */
function changeList({diff}: ReportView): string[] {
  const same = sameAreas(diff);
  return [
    ...differentAreas(diff).flatMap(({title, rows, texts, unread}) => [
      `### ${title}`,
      ...(unread === null ? [] : [`Cannot be compared: ${escapeMarkdown(unread)}`]),
      ...(rows.length === 0
        ? []
        : [
            markdownTable(
              ['Part', 'Stable', 'Candidate'],
              rows.map(({part, before, after}) => [part, before, after].map(escapeMarkdown)),
            ),
          ]),
      ...texts.flatMap(({part, lines}) => [escapeMarkdown(part), fenced('diff', lines.map(signedLine))]),
    ]),
    ...(diff.rows === null ? [] : [escapeMarkdown(rowsInWords(diff.rows))]),
    ...(same === null ? [] : [same]),
  ];
}

function signedLine({sign, text}: DiffLine): string {
  return `${sign}${text}`;
}

/** A code block whose content cannot end it. */
function fenced(language: string, lines: readonly string[]): string {
  const ticks = lines.flatMap((line) => line.match(/`+/g) ?? []).map((run) => run.length);
  const fence = '`'.repeat(Math.max(3, ...ticks.map((n) => n + 1)));
  return [`${fence}${language}`, ...lines, fence].join('\n');
}

export function gateTable(view: ReportView): string {
  const {report, catalog, currency} = view;
  return markdownTable(
    [
      'Gate',
      'Criterion',
      'Candidate',
      'Stable',
      '95 % bound',
      'Smallest detectable effect',
      'Based on',
      'Verdict',
    ],
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

function baselineTable(view: ReportView): string[] {
  const {baselines, metrics} = view.report;
  const names = Object.keys(baselines);
  if (names.length === 0) return [];
  const rows = measuredMetrics(view)
    .filter(({name}) => names.some((baseline) => baselines[baseline]![name] !== undefined))
    .map(({name, label, unit}) => [
      escapeMarkdown(label),
      ...[metrics.candidate, ...names.map((baseline) => baselines[baseline]!)].map((known) => {
        const estimate = known[name];
        return estimate ? shownEstimate(estimate, unit, view.currency) : '–';
      }),
      itemsOf([metrics.candidate[name], ...names.map((baseline) => baselines[baseline]![name])]),
    ]);
  const head = ['Metric', 'Candidate', ...names.map((name) => escapeMarkdown(baselineName(name))), 'n'];
  const line = escapeMarkdown(baselinesLine(view));
  return ['## Baselines', markdownTable(head, rows), ...(line === '' ? [] : [line])];
}

function probeTables(view: ReportView): string[] {
  const groups = probeGroups(view);
  if (groups.length === 0) return [];
  return [
    '## Safety probes',
    ATTACKS_NOTE,
    ...groups.flatMap(({title, asked, rows, all}) => [
      `### ${escapeMarkdown(title)}`,
      ...asked.map(escapeMarkdown),
      markdownTable(
        ['Technique', 'Attempts', 'Worked on candidate', 'Worked on stable'],
        [...rows, {how: 'all', ...all}].map((row) => [
          escapeMarkdown(row.how),
          `${row.asked}`,
          `${row.candidate}`,
          `${row.stable ?? '–'}`,
        ]),
      ),
    ]),
    ...attackList(view),
  ];
}

function attackList(view: ReportView): string[] {
  const attacks = workedAttacks(view).map(({aspect, how, row, attack, output, stable}) => {
    const name = `- **${WORKED_WORDS[aspect]}**, ${escapeMarkdown(how)}${row === '' ? '' : `, ${escapeMarkdown(row)}`}`;
    const lines = [name, `  - attack: ${cut(attack)}`, `  - answered: ${cut(output)}`];
    const theirs = stable && `  - stable${stable.worked ? ', too' : ' did not'}: ${cut(stable.output)}`;
    return [...lines, ...(theirs === null ? [] : [theirs])].join('\n');
  });
  return attacks.length === 0 ? [] : ['Those that worked on the candidate:', attacks.join('\n')];
}

/** Text of an item in one line, cut for reading. */
function cut(text: string): string {
  if (text === '') return '(empty)';
  return escapeMarkdown(text.length > 160 ? `${text.slice(0, 160)} …` : text);
}

/** Answers shown of each task, either way. */
const CHANGES_SHOWN = 5;

function answerChangesList(view: ReportView): string[] {
  const changes = answerChangesOf(view);
  if (changes.length === 0) return [];
  const listOf = (title: string, all: readonly AnswerChange[]): string[] =>
    all.length === 0
      ? []
      : [
          `${escapeMarkdown(title)}${all.length > CHANGES_SHOWN ? `, ${CHANGES_SHOWN} of ${all.length}` : ''}:`,
          all
            .slice(0, CHANGES_SHOWN)
            .map(
              ({item, input, expected, stable, candidate}) =>
                `- ${escapeMarkdown(item)}\n  - input: ${cut(input)}\n  - expected: ${cut(expected)}\n  - stable: ${cut(stable)}\n  - candidate: ${cut(candidate)}`,
            )
            .join('\n'),
        ];
  return [
    '## Answers that changed',
    ...changes.flatMap(({task, items, better, worse}) => [
      escapeMarkdown(
        `${task}: of ${count(items)} answers ${count(better.length)} better, ${count(worse.length)} worse.`,
      ),
      ...listOf(`${task}, worse than stable`, worse),
      ...listOf(`${task}, better than stable`, better),
    ]),
  ];
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
