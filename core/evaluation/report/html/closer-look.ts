import type {Estimate} from '../../../../schemas/artifact.ts';
import {estimateOf} from '../../gates/decide.ts';
import {confusion} from '../../metrics/classification.ts';
import {sortedQuantile} from '../../statistics/quantile.ts';
import {escapeHtml} from '../escape.ts';
import {askedLine, trainedLine} from '../origin.ts';
import {forgottenOf, type ReportView} from '../view.ts';
import {count, rowsLine} from '../wording.ts';
import {definitions, estimateCell, plain, section, table, type Section} from './parts.ts';
import {histogramPlot, lossCurve} from './plots.ts';

/** Which class was taken for which, candidate beside stable. */
export function confusionSection({tasks, samples}: ReportView): Section | null {
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
  if (cards.length === 0) return null;
  return section(
    'Confusion',
    'Rows are the expected labels, columns the predicted ones.',
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
  return `<table><caption>Expected by predicted</caption><thead><tr><th scope="col">expected \\ predicted</th>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

export function trainingSection({training, tasks}: ReportView): Section | null {
  if (training === null || training.train.length === 0) return null;
  const {rows} = training;
  const settings = [
    ...(rows === null
      ? []
      : [
          ['rows trained on', rowsLine(rows.train, tasks)],
          ['rows of the validation loss', rowsLine(rows.validation, tasks)],
        ]),
    ...Object.entries(training.settings),
  ].map(([name, value]): [string, string] => [name!, escapeHtml(value!)]);
  return section(
    'Training',
    `${count(training.steps)} optimizer steps, ${trainedLine(training)}. Loss is nats a completion token.`,
    `<div class="grid"><div class="card">${lossCurve(training.train, training.validation)}</div><div class="card">${definitions(settings)}</div></div>`,
  );
}

/** The validation perplexity weighs tokens, so the task with the longer answers hides the other: each for itself. */
export function perplexitySection({catalog, samples, tasks, currency}: ReportView): Section | null {
  const metric = [...catalog.values()].find(({of, headline}) => of === 'validation' && headline);
  if (metric === undefined) return null;
  const of = (side: 'candidate' | 'stable', task: string): Estimate | null =>
    estimateOf(
      metric.measure,
      samples[side].flatMap((sample) => (sample.slices.includes(task) ? (metric.observe(sample) ?? []) : [])),
    );
  const rows = Object.keys(tasks).flatMap((task) => {
    const [stable, candidate] = [of('stable', task), of('candidate', task)];
    return candidate === null
      ? []
      : [
          [
            escapeHtml(task),
            estimateCell(stable, metric.unit, currency),
            estimateCell(candidate, metric.unit, currency),
            count(candidate.n),
          ],
        ];
  });
  if (rows.length < 2) return null;
  return section(
    'Validation perplexity by task',
    'The figure over all tasks is by token, so a task with long answers outweighs one that answers a word.',
    table(
      'Perplexity of the right answers to validation rows',
      [
        {head: 'Task'},
        {head: 'Stable', number: true},
        {head: 'Candidate', number: true},
        {head: 'n', number: true},
      ],
      rows,
    ),
  );
}

export function forgettingSection(view: ReportView): Section | null {
  const worst = forgottenOf(view, 8);
  if (worst.length === 0) return null;
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

export function latencySection(view: ReportView): Section | null {
  const {samples, tasks} = view;
  const ms = samples.candidate.flatMap((sample) =>
    sample.latencyMs !== undefined && Object.hasOwn(tasks, sample.task) ? [sample.latencyMs] : [],
  );
  if (ms.length < 2) return null;
  const sorted = Float64Array.from(ms).sort();
  const [median, tail] = [sortedQuantile(sorted, 0.5), sortedQuantile(sorted, 0.95)];
  return section(
    'Latency',
    `The candidate's answers to the project's own tasks: median ${count(Math.round(median))} ms, 95th percentile ${count(Math.round(tail))} ms, of ${count(ms.length)}. They depend on the machine and on what else it did: ${askedLine(view, 'candidate', Object.keys(tasks))}.`,
    `<div class="card">${histogramPlot('Distribution of latencies', ms, [
      ['median', median],
      ['p95', tail],
    ])}</div>`,
  );
}
