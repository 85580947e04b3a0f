import {contributionsInWords} from './contributions.ts';
import {short} from '../../../schemas/names.ts';
import {escapeMarkdown} from './escape.ts';
import {
  contentsOf,
  countTable,
  firstScreen,
  gateTable,
  markdownTable,
  metricTable,
  originTable,
  settingTable,
  sliceTable,
  weakList,
} from './markdown.ts';
import {frontMatter} from './model-index.ts';
import {trainedLine} from './origin.ts';
import type {ReportView} from './view.ts';
import {
  baselineName,
  baselinesLine,
  count,
  itemsOf,
  rowsLine,
  shownEstimate,
  VERDICT_WORDS,
  verdictLine,
} from './wording.ts';

/** A model card with the sections Hugging Face's template has (Mitchell et al. 2019), filled from what was measured. */
export function renderModelCard(view: ReportView): string {
  const {report, releases} = view;
  const title = `${report.project} ${short(report.release)}`;
  const parts = [
    '## Model details',
    [
      `- **Model:** ${escapeMarkdown(releases.candidate.base)}`,
      `- **Kind:** ${releases.candidate.adapter === null ? 'the model as it comes, with this project’s prompts' : 'LoRA adapter on the base model'}`,
      `- **Release:** \`${report.release}\``,
      `- **Adapter:** ${releases.candidate.adapter === null ? 'none' : `\`${releases.candidate.adapter}\``}`,
      `- **Replaces:** ${replaced(view)}`,
      '- **License:** that of the base model and of the training data; this card does not change them',
    ].join('\n'),
    '## Uses',
    '### Direct use',
    Object.entries(view.tasks)
      .map(
        ([task, {kind, prompt}]) =>
          `**${escapeMarkdown(task)}** (${kind}), by this prompt:\n\n${fenced(prompt)}`,
      )
      .join('\n\n'),
    '### Out-of-scope use',
    'Other tasks, other languages and other kinds of text than those of the data below were not measured.',
    '## Bias, risks and limitations',
    limitations(view),
    '## How to get started',
    fenced(
      `curl http://127.0.0.1:8080/v1/chat/completions -H 'content-type: application/json' \\\n  -d '{"model": "${report.project}/${Object.keys(view.tasks)[0] ?? 'task'}", "messages": [{"role": "user", "content": "…"}]}'`,
      'sh',
    ),
    '## Training details',
    ...training(view),
    '## Evaluation',
    `**${VERDICT_WORDS[report.verdict]}.** ${escapeMarkdown(verdictLine(view))}`,
    '### Testing data, factors and metrics',
    'Golden rows that no training run may touch; near-duplicates are one cluster. Figures with two-sided 95 % intervals; gates decide by one-sided 95 % bounds on paired differences to the stable release.',
    '### Results',
    metricTable(view),
    '### Baselines',
    ...baselineTable(view),
    '### Slices',
    sliceTable(view),
    '### Gates',
    gateTable(view),
    ...weakList(view),
    '### When, where and by whom',
    originTable(view),
    '## Environmental impact',
    view.training === null
      ? 'Nothing was trained.'
      : `Energy was not measured. Training: ${escapeMarkdown(trainedLine(view.training))}.`,
    '## Technical specifications',
    [
      `- **Dataset version:** \`${report.dataset ?? 'none'}\``,
      `- **Gate policy:** \`${report.policy}\``,
      ...(report.projectPolicy === undefined
        ? []
        : [`- **Whole policy (people, quorum, gates, rollout):** \`${report.projectPolicy}\``]),
      `- **Samples:** candidate \`${report.samples.candidate.sha256}\`, stable \`${report.samples.stable.sha256}\``,
    ].join('\n'),
  ];
  return [
    frontMatter(view),
    `# Model card for ${escapeMarkdown(title)}`,
    ...(view.description === '' ? [] : [escapeMarkdown(view.description)]),
    ...firstScreen(view),
    contentsOf(parts),
    ...parts,
    '',
  ].join('\n\n');
}

function replaced({report, releases}: ReportView): string {
  const {standing} = releases.stable;
  if (standing === 'empty') return 'nothing: no release answered before';
  return `release \`${report.stable}\`${standing === 'bare' ? ' (the bare base model)' : ''}`;
}

function limitations({report}: ReportView): string {
  return [
    'The probes try known kinds of attack; an attack that was not tried may work. A small model may state made-up facts.',
    ...report.notes,
  ]
    .map((note) => `- ${escapeMarkdown(note)}`)
    .join('\n');
}

function training({training: curve, data, tasks}: ReportView): string[] {
  const parts: string[] = ['### Training data'];
  if (data === null) parts.push('The dataset’s provenance could not be read.');
  else {
    parts.push(
      `${count(data.rowsIn)} records from ${data.sources.map((s) => `${escapeMarkdown(s.name)} (${count(s.rows)})`).join(', ')}; ${count(data.rowsKept)} rows were kept after scrubbing personal data, language and length rules, exact and near-duplicate removal and decontamination against the golden set.`,
      ...(data.feedback === undefined ? [] : [escapeMarkdown(`${contributionsInWords(data.feedback)}.`)]),
      countTable('Split', data.splits),
      countTable('Label', data.labels),
    );
    if (Object.keys(data.scrubbed).length > 0)
      parts.push(countTable('Personal data replaced in these rows', data.scrubbed, 'Occurrences'));
    if (Object.keys(data.drops).length > 0) parts.push(countTable('Dropped by rule', data.drops));
  }
  parts.push('### Training procedure');
  if (curve === null)
    parts.push('No adapter was trained for this release, or its training record could not be found.');
  else {
    const last = curve.validation.at(-1);
    parts.push(
      `${count(curve.steps)} optimizer steps on completion tokens only${last ? `; last validation loss ${last.loss.toFixed(3)}` : ''}.`,
      ...(curve.rows === null
        ? []
        : [
            `Rows trained on, chosen from the train split: ${escapeMarkdown(rowsLine(curve.rows.train, tasks))}. Rows of the validation loss: ${escapeMarkdown(rowsLine(curve.rows.validation, tasks))}.`,
          ]),
      settingTable(curve.settings),
    );
  }
  return parts;
}

function baselineTable(view: ReportView): string[] {
  const {baselines} = view.report;
  const names = Object.keys(baselines);
  if (names.length === 0) return ['None: no task of this project is a classification.'];
  const metrics = [...new Set(names.flatMap((name) => Object.keys(baselines[name]!)))];
  const rows = metrics.map((metric) => {
    const known = view.catalog.get(metric);
    const cell = (estimate: Parameters<typeof shownEstimate>[0] | undefined): string =>
      estimate ? shownEstimate(estimate, known?.unit ?? 'number', view.currency) : '–';
    return [
      escapeMarkdown(known?.label ?? metric),
      cell(view.report.metrics.candidate[metric]),
      ...names.map((name) => cell(baselines[name]![metric])),
      itemsOf([view.report.metrics.candidate[metric], ...names.map((name) => baselines[name]![metric])]),
    ];
  });
  const head = ['Metric', 'This model', ...names.map((name) => escapeMarkdown(baselineName(name))), 'n'];
  return [markdownTable(head, rows), escapeMarkdown(baselinesLine(view))].filter((part) => part !== '');
}

/** A code block whose fence no line of the text can end. */
function fenced(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
