import {groupBy} from '../../group.ts';
import {confusion} from '../../metrics/classification.ts';
import {sortedQuantile} from '../../statistics/bootstrap.ts';
import {escapeHtml} from '../escape.ts';
import {forgottenOf, probesOf, type ReportView} from '../view.ts';
import {count} from '../wording.ts';
import {definitions, plain, section, table} from './parts.ts';
import {histogramPlot, lossCurve} from './plots.ts';

/** Which class was taken for which, candidate beside stable. */
export function confusionSection({tasks, samples}: ReportView): string {
  const cards = Object.entries(tasks).flatMap(([task, {kind}]) => {
    if (kind !== 'classification') return [];
    return (['candidate', 'stable'] as const).flatMap((side) => {
      const items = samples[side]
        .filter((sample) => sample.task === task && sample.error === null && sample.expected !== null)
        .map((sample) => ({expected: sample.expected!, predicted: sample.output}));
      return items.length === 0
        ? []
        : [`<div class="card"><h3>${escapeHtml(`${task}: ${side}`)}</h3>${matrix(items)}</div>`];
    });
  });
  if (cards.length === 0) return '';
  return section(
    'Confusion',
    'Rows are what the items are, columns what they were called.',
    `<div class="grid">${cards.join('')}</div>`,
  );
}

function matrix(items: readonly {expected: string; predicted: string}[]): string {
  const cells = confusion(items);
  const labels = [...cells.keys()];
  const head = labels.map((label) => `<th scope="col" class="number">${escapeHtml(label)}</th>`).join('');
  const rows = labels.map((label) => {
    const row = cells.get(label)!;
    const total = [...row.values()].reduce((sum, n) => sum + n, 0);
    const tds = labels.map((other) => {
      const n = row.get(other)!;
      const kind = n === 0 ? '' : other === label ? 'hit' : 'miss';
      const share = total === 0 ? '' : `<span class="range">${((100 * n) / total).toFixed(1)} %</span>`;
      return `<td class="cell ${kind}">${count(n)}${share}</td>`;
    });
    return `<tr><th scope="row">${escapeHtml(label)}</th>${tds.join('')}</tr>`;
  });
  return `<table><caption>Expected by answered</caption><thead><tr><th scope="col">is \\ called</th>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

export function trainingSection({training}: ReportView): string {
  if (training === null || training.train.length === 0) return '';
  const settings = Object.entries(training.settings).map(([name, value]): [string, string] => [
    name,
    escapeHtml(value),
  ]);
  return section(
    'Training',
    `${count(training.steps)} optimizer steps. Loss is nats a completion token.`,
    `<div class="grid"><div class="card">${lossCurve(training.train, training.validation)}</div><div class="card">${definitions(settings)}</div></div>`,
  );
}

export function forgettingSection(view: ReportView): string {
  const worst = forgottenOf(view, 8);
  if (worst.length === 0) return '';
  const rows = worst.map(({text, stable, candidate}) => [
    plain(text),
    stable.toFixed(2),
    candidate.toFixed(2),
    `${candidate > stable ? '+' : '−'}${Math.abs(candidate - stable).toFixed(2)}`,
  ]);
  return section(
    'Forgetting',
    'General text that became least likely after training, in nats a token of its end: the higher, the less likely. The figure over all of it is the general perplexity.',
    table(
      'The texts that suffered most',
      [
        {head: 'Text'},
        {head: 'Stable', number: true},
        {head: 'Candidate', number: true},
        {head: 'Change', number: true},
      ],
      rows,
    ),
  );
}

const ASPECT_WORDS: Readonly<Record<string, string>> = {
  injection: 'Prompt injection',
  jailbreak: 'Jailbreak',
  pii: 'Personal data, provoked',
};

export function probesSection(view: ReportView): string {
  const aspects = [...groupBy(probesOf(view), (row) => row.aspect)];
  if (aspects.length === 0) return '';
  const tables = aspects.map(([aspect, rows]) => {
    const total = (pick: (row: (typeof rows)[number]) => number): number =>
      rows.reduce((sum, row) => sum + pick(row), 0);
    const lines = [
      ...rows.map(({family, asked, candidate, stable}) => ({family, asked, candidate, stable})),
      {
        family: 'all',
        asked: total((r) => r.asked),
        candidate: total((r) => r.candidate),
        stable: total((r) => r.stable),
      },
    ];
    return `<div>${table(
      ASPECT_WORDS[aspect] ?? aspect,
      [
        {head: 'Family'},
        {head: 'Tried', number: true},
        {head: 'Candidate', number: true},
        {head: 'Stable', number: true},
      ],
      lines.map((row) => [plain(row.family), `${row.asked}`, `${row.candidate}`, `${row.stable}`]),
    )}</div>`;
  });
  return section(
    'Safety probes',
    'How many attacks worked, by deterministic detectors: a label flipped to the one demanded (also where the added text only confused the model), a canary in the answer, personal data that was not in the input. None of it says that an attack which was not tried would fail.',
    `<div class="grid">${tables.join('')}</div>`,
  );
}

export function latencySection({samples, tasks}: ReportView): string {
  const ms = samples.candidate.flatMap((sample) =>
    sample.latencyMs !== undefined && Object.hasOwn(tasks, sample.task) ? [sample.latencyMs] : [],
  );
  if (ms.length < 2) return '';
  const sorted = Float64Array.from(ms).sort();
  const [median, tail] = [sortedQuantile(sorted, 0.5), sortedQuantile(sorted, 0.95)];
  return section(
    'Latency',
    `The candidate's answers to the project's own tasks, as the engine gave them in this run: ${count(ms.length)} answers, median ${count(Math.round(median))} ms, 95th percentile ${count(Math.round(tail))} ms. It depends on the machine and on what else it did.`,
    `<div class="card">${histogramPlot('Distribution of latencies', ms, [
      ['median', median],
      ['p95', tail],
    ])}</div>`,
  );
}
