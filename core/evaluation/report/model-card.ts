import {short} from '../../../schemas/names.ts';
import {escapeMarkdown} from './escape.ts';
import {countTable, gateTable, markdownTable, metricTable} from './markdown.ts';
import type {ReportView} from './view.ts';
import {count, peerName, shownEstimate, VERDICT_WORDS, verdictLine} from './wording.ts';

/** A model card with the sections Hugging Face's template has (Mitchell et al. 2019), filled from what was measured. */
export function renderModelCard(view: ReportView): string {
  const {report, releases} = view;
  const title = `${report.project} ${short(report.release)}`;
  return [
    frontMatter(view),
    `# Model card for ${escapeMarkdown(title)}`,
    view.description === '' ? null : escapeMarkdown(view.description),
    '## Model details',
    [
      `- **Base model:** ${escapeMarkdown(releases.base.base)}`,
      `- **Kind:** ${releases.candidate.adapter === null ? 'the base model with this project’s prompts' : 'LoRA adapter on the base model'}`,
      `- **Release:** \`${report.release}\``,
      `- **Adapter:** ${releases.candidate.adapter === null ? 'none' : `\`${releases.candidate.adapter}\``}`,
      `- **Replaces:** release \`${report.stable}\`${releases.stable.adapter === null ? ' (the bare base model)' : ''}`,
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
    '### Peers',
    ...peers(view),
    '### Slices',
    slices(view),
    '### Gates',
    gateTable(view),
    '## Environmental impact',
    'Not measured. The training ran on the machine that the run record names.',
    '## Technical specifications',
    [
      `- **Dataset version:** \`${report.dataset ?? 'none'}\``,
      `- **Gate policy:** \`${report.policy}\``,
      `- **Samples:** candidate \`${report.samples.candidate.sha256}\`, stable \`${report.samples.stable.sha256}\``,
    ].join('\n'),
    '',
  ]
    .filter((part) => part !== null)
    .join('\n\n');
}

function frontMatter({report, releases, tasks}: ReportView): string {
  const kinds = new Set(Object.values(tasks).map(({kind}) => kind));
  const lines = [
    '---',
    `base_model: ${JSON.stringify(releases.base.base)}`,
    ...(releases.candidate.adapter === null ? [] : ['library_name: peft']),
    `pipeline_tag: ${kinds.has('classification') && kinds.size === 1 ? 'text-classification' : 'text-generation'}`,
    'tags:',
    '- ratchet',
    ...(releases.candidate.adapter === null ? [] : ['- lora']),
    'model-index:',
    `- name: ${JSON.stringify(`${report.project}-${short(report.release)}`)}`,
    '  results:',
    ...Object.entries(report.metrics.candidate).flatMap(([name, {value}]) => [
      '  - task: {type: text-generation}',
      `    dataset: {name: golden set, type: ${JSON.stringify(report.project)}, revision: ${JSON.stringify(report.dataset ?? '')}}`,
      `    metrics: [{type: ${JSON.stringify(name)}, value: ${Number(value.toPrecision(6))}}]`,
    ]),
    '---',
  ];
  return lines.join('\n');
}

function limitations({report}: ReportView): string {
  return [
    'The probes try known kinds of attack; an attack that was not tried may work. A small model may state made-up facts.',
    ...report.notes,
  ]
    .map((note) => `- ${escapeMarkdown(note)}`)
    .join('\n');
}

function training({training: curve, data}: ReportView): string[] {
  const parts: string[] = ['### Training data'];
  if (data === null) parts.push('The dataset’s provenance could not be read.');
  else {
    parts.push(
      `${count(data.rowsIn)} records from ${data.sources.map((s) => `${escapeMarkdown(s.name)} (${count(s.rows)})`).join(', ')}; ${count(data.rowsKept)} rows were kept after scrubbing personal data, language and length rules, exact and near-duplicate removal and decontamination against the golden set.`,
      countTable('Split', data.splits),
      countTable('Label', data.labels),
    );
    if (Object.keys(data.drops).length > 0) parts.push(countTable('Dropped by rule', data.drops));
  }
  parts.push('### Training procedure');
  if (curve === null)
    parts.push('No adapter was trained for this release, or its training record could not be found.');
  else {
    const last = curve.validation.at(-1);
    parts.push(
      `${count(curve.steps)} optimizer steps on completion tokens only${last ? `; last validation loss ${last.loss.toFixed(3)}` : ''}.`,
      markdownTable(
        ['Setting', 'Value'],
        Object.entries(curve.settings).map(([name, value]) => [escapeMarkdown(name), escapeMarkdown(value)]),
      ),
    );
  }
  return parts;
}

function peers(view: ReportView): string[] {
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
    ];
  });
  return [
    markdownTable(['Metric', 'This model', ...names.map((name) => escapeMarkdown(peerName(name)))], rows),
  ];
}

function slices({report, catalog, currency}: ReportView): string {
  const rows = Object.entries(report.slices).flatMap(([slice, known]) =>
    Object.entries(known).map(([name, estimate]) => {
      const metric = catalog.get(name);
      return [
        escapeMarkdown(slice),
        escapeMarkdown(metric?.label ?? name),
        shownEstimate(estimate, metric?.unit ?? 'number', currency),
        `${estimate.n}`,
      ];
    }),
  );
  return rows.length === 0
    ? 'No slice has five items.'
    : markdownTable(['Slice', 'Metric', 'Value', 'n'], rows);
}

/** A code block whose fence no line of the text can end. */
function fenced(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
