import {JUDGE_METRIC, JUDGE_ORDER_METRIC} from '../../../schemas/names.ts';
import type {Sample} from '../../../schemas/report.ts';
import {bleuScore} from '../metrics/bleu.ts';
import {chrfScore} from '../metrics/chrf.ts';
import {balancedMeasure} from './balanced-measure.ts';
import {corpusMeasure, type CorpusScore} from './corpus-measure.ts';
import {CONTROL_METRIC} from './implied-gates.ts';
import {likelihoodMeasure} from './likelihood-measure.ts';
import {meanMeasure} from './mean-measure.ts';
import type {Measure, Observation} from './measure.ts';
import {quantileMeasure} from './quantile-measure.ts';
import {rateMeasure} from './rate-measure.ts';

/** A metric that reports show and gates name: what it is called, how its samples are read, how its figure comes about. */
export interface Metric {
  readonly name: string;
  /** For people: `Balanced accuracy (triage)`. */
  readonly label: string;
  /** How the figure is shown: a share as it is (0.951), ms, a currency, points of 100, or a plain number. */
  readonly unit: 'share' | 'points' | 'number' | 'ms' | 'money';
  readonly measure: Measure;
  /** Worth a figure a slice: the project's own tasks and likelihoods. */
  readonly sliced?: true;
  /** The sample's observation; null where the sample is of another task or metric. */
  observe(sample: MeasuredSample): Observation | null;
}

/** A sample with what stands beside it: times are no part of what is deterministic. */
export interface MeasuredSample extends Sample {
  /** Model latency of the answer, if it was measured in this run. */
  readonly latencyMs?: number;
}

export interface TaskShape {
  readonly kind: 'classification' | 'generation' | 'chat';
  readonly labels?: readonly string[];
}

/** Names of the tasks that samples carry beside the project's own. */
export const ASPECTS = {
  validation: 'validation',
  general: 'general',
  injection: 'injection',
  jailbreak: 'jailbreak',
  judge: 'judge',
  pii: 'pii',
  control: 'control',
} as const;

/** No answer costs more than what a request may take (the inference client's time limit). */
export const LONGEST_ANSWER_MS = 120_000;

/** Every metric of a project with these tasks, in the order a report shows them. `costPerHour` is the price of the engine. */
export function metricCatalog(
  tasks: Readonly<Record<string, TaskShape>>,
  costPerHour: number,
): Map<string, Metric> {
  const metrics: Metric[] = [];
  /** Of 1,000 answers that take so long. */
  const costOf = (ms: number): number => (ms / 3_600_000) * costPerHour * 1000;
  const asked = Object.keys(tasks);
  const writing = asked.filter((task) => tasks[task]!.kind !== 'classification');
  for (const [task, shape] of Object.entries(tasks)) {
    metrics.push(...(shape.kind === 'classification' ? classification(task, shape) : generation(task)));
  }
  for (const aspect of [ASPECTS.validation, ASPECTS.general]) metrics.push(...likelihood(aspect));
  metrics.push(
    rate('pii_leak_rate', 'Personal data in outputs', [...writing, ASPECTS.jailbreak], 'pii_leak'),
    rate('pii_elicitation_rate', 'Personal data when provoked', [ASPECTS.pii], 'pii_elicited'),
    rate('injection_rate', 'Prompt injections that worked', [ASPECTS.injection], 'attacked'),
    rate('jailbreak_rate', 'Jailbreaks that worked', [ASPECTS.jailbreak], 'attacked'),
    rate(CONTROL_METRIC, 'Harmless requests answered as asked', [ASPECTS.control], 'answered', 'higher'),
  );
  metrics.push(
    latency('latency_p50_ms', 'Latency of an answer, median', 0.5, asked),
    latency('latency_p95_ms', 'Latency of an answer, 95th percentile', 0.95, asked),
    {
      name: 'cost_per_1k',
      label: 'Cost of 1,000 answers',
      unit: 'money',
      measure: meanMeasure('lower', [0, costOf(LONGEST_ANSWER_MS)]),
      observe: (sample) => {
        const ms = timed(sample, asked);
        return ms === null ? null : observation(sample, '', [costOf(ms)]);
      },
    },
    {
      name: JUDGE_METRIC,
      label: 'Judge prefers it, ties count half',
      unit: 'share',
      measure: meanMeasure('higher', [0, 1]),
      observe: (sample) => scored(sample, ASPECTS.judge, ['win']),
    },
    {
      name: JUDGE_ORDER_METRIC,
      label: 'Judge prefers the same answer in both orders',
      unit: 'share',
      measure: rateMeasure(),
      // Of two answers that are alike there is no order to ask.
      observe: (sample) =>
        sample.error === null && sample.scores['consistent'] === undefined
          ? null
          : scored(sample, ASPECTS.judge, ['consistent']),
    },
  );
  return new Map(metrics.map((metric) => [metric.name, metric]));
}

function classification(task: string, {labels = []}: TaskShape): Metric[] {
  const correct = (sample: MeasuredSample): Observation | null =>
    sample.task === task && sample.expected !== null
      ? observation(sample, sample.expected, values(sample, ['correct']))
      : null;
  return [
    {
      name: `${task}_balanced_accuracy`,
      label: `Balanced accuracy (${task})`,
      unit: 'share',
      measure: balancedMeasure(labels),
      sliced: true,
      observe: correct,
    },
    {
      name: `${task}_accuracy`,
      label: `Accuracy (${task})`,
      sliced: true,
      unit: 'share',
      measure: rateMeasure(),
      observe: correct,
    },
    ...labels.map((label): Metric => ({
      name: `${task}_recall_${label}`,
      label: `Recall of ${label} (${task})`,
      unit: 'share',
      measure: rateMeasure(),
      observe: (sample) => (sample.expected === label ? correct(sample) : null),
    })),
  ];
}

/** Names of the counts that BLEU and chrF add up, as they stand in a sample's scores. */
export const BLEU_COUNTS = [
  ...[1, 2, 3, 4].map((n) => `bleu_matches_${n}`),
  ...[1, 2, 3, 4].map((n) => `bleu_totals_${n}`),
  'bleu_hypothesis',
  'bleu_reference',
] as const;
export const CHRF_COUNTS = [1, 2, 3, 4, 5, 6].flatMap((n) =>
  ['hypothesis', 'reference', 'matches'].map((part) => `chrf_${part}_${n}`),
);

function generation(task: string): Metric[] {
  const mean = (name: string, label: string): Metric => ({
    name: `${task}_${name}`,
    label: `${label} (${task})`,
    unit: 'share',
    measure: meanMeasure('higher', [0, 1]),
    ...(name === 'rouge_l' ? {sliced: true} : {}),
    observe: (sample) => scored(sample, task, [name]),
  });
  return [
    mean('rouge_1', 'ROUGE-1'),
    mean('rouge_2', 'ROUGE-2'),
    mean('rouge_l', 'ROUGE-L'),
    mean('rouge_lsum', 'ROUGE-Lsum'),
    {
      name: `${task}_bleu`,
      label: `BLEU (${task})`,
      unit: 'points',
      measure: corpusMeasure(BLEU),
      sliced: true,
      observe: (sample) => scored(sample, task, BLEU_COUNTS),
    },
    {
      name: `${task}_chrf`,
      label: `chrF (${task})`,
      unit: 'points',
      measure: corpusMeasure(CHRF),
      observe: (sample) => scored(sample, task, CHRF_COUNTS),
    },
    {
      name: `${task}_exact_match`,
      label: `Exact match (${task})`,
      unit: 'share',
      measure: rateMeasure(),
      observe: (sample) => scored(sample, task, ['exact_match']),
    },
    mean('token_f1', 'Token F1'),
  ];
}

/** Nothing matches: the text is as long as it was. Everything does: it is the reference. */
const BLEU: CorpusScore = {
  width: BLEU_COUNTS.length,
  range: [0, 100],
  score: (counts) =>
    bleuScore({
      matches: counts.slice(0, 4),
      totals: counts.slice(4, 8),
      hypothesisLength: counts[8]!,
      referenceLength: counts[9]!,
    }),
  worst: (counts) => [0, 0, 0, 0, ...counts.slice(4)],
  best: (counts) => {
    const [hypothesis, reference] = [counts[8]!, counts[9]!];
    const grams = counts
      .slice(4, 8)
      .map((n) => (hypothesis === 0 ? reference : (n * reference) / hypothesis));
    return [...grams, ...grams, reference, reference];
  },
};

const CHRF: CorpusScore = {
  width: CHRF_COUNTS.length,
  range: [0, 100],
  score: (counts) =>
    chrfScore([
      Array.from({length: 6}, (_, i): [number, number, number] => [
        counts[3 * i]!,
        counts[3 * i + 1]!,
        counts[3 * i + 2]!,
      ]),
    ]),
  worst: (counts) => counts.map((count, i) => (i % 3 === 2 ? 0 : count)),
  best: (counts) => counts.map((_, i) => counts[i - (i % 3) + 1]!),
};

function likelihood(aspect: 'validation' | 'general'): Metric[] {
  const what = aspect === 'validation' ? 'validation completions' : 'general text';
  return [
    {
      name: `${aspect}_perplexity`,
      label: `Perplexity, ${what}`,
      unit: 'number',
      measure: likelihoodMeasure('token'),
      sliced: true,
      observe: (sample) => scored(sample, aspect, ['nll', 'tokens']),
    },
    {
      name: `${aspect}_bits_per_byte`,
      label: `Bits per byte, ${what}`,
      unit: 'number',
      measure: likelihoodMeasure('byte'),
      observe: (sample) => scored(sample, aspect, ['nll', 'bytes']),
    },
  ];
}

/** Share of samples of these tasks whose score is 1. */
function rate(
  name: string,
  label: string,
  tasks: readonly string[],
  score: string,
  better: 'higher' | 'lower' = 'lower',
): Metric {
  return {
    name,
    label,
    unit: 'share',
    measure: rateMeasure(better),
    observe: (sample) =>
      tasks.includes(sample.task) ? observation(sample, '', values(sample, [score])) : null,
  };
}

function latency(name: string, label: string, q: number, tasks: readonly string[]): Metric {
  return {
    name,
    label,
    unit: 'ms',
    measure: quantileMeasure(q),
    observe: (sample) => {
      const ms = timed(sample, tasks);
      return ms === null ? null : observation(sample, '', [ms]);
    },
  };
}

/** Latency of an answer to one of the project's own tasks. */
function timed(sample: MeasuredSample, tasks: readonly string[]): number | null {
  return sample.latencyMs !== undefined && sample.error === null && tasks.includes(sample.task)
    ? sample.latencyMs
    : null;
}

function scored(sample: MeasuredSample, task: string, names: readonly string[]): Observation | null {
  return sample.task === task ? observation(sample, '', values(sample, names)) : null;
}

function values(sample: MeasuredSample, names: readonly string[]): number[] | null {
  const found = names.map((name) => sample.scores[name]);
  return sample.error === null && found.every((value) => value !== undefined) ? found : null;
}

function observation(
  {task, item, cluster}: MeasuredSample,
  stratum: string,
  scores: readonly number[] | null,
): Observation {
  return {item: `${task}/${item}`, cluster, stratum, values: scores};
}
