import type {Sample} from '../../../schemas/report.ts';
import type {Measure, Observation} from '../gates/measure.ts';

/** A metric that reports show and gates name, declared once: everything that is known of it is said here. */
export interface Metric {
  /** `triage_balanced_accuracy` */
  readonly name: string;
  /** For people: `Balanced accuracy (triage)`. */
  readonly label: string;
  /** How the figure is shown: a share as it is (0.951), points of 100, a plain number, ms, or a currency. */
  readonly unit: 'share' | 'points' | 'number' | 'ms' | 'money';
  /** A task of the project, or what every project is asked for. */
  readonly of: string;
  readonly measure: Measure;
  /** Worth a figure a slice. */
  readonly sliced?: true;
  /** The one that gates of a task start from, and a picture beside the baselines. */
  readonly headline?: true;
  /** Differences are of its logarithm, in nats or bits. */
  readonly logarithm?: 'nats' | 'bits';
  /** A figure that counts only where another one holds: its gate brings this one with it. */
  readonly implies?: ImpliedGate;
  /** Named values of an answer that can be computed from the sample alone; null of a sample that it is not of. */
  score?(sample: Sample): Readonly<Record<string, number>> | null;
  /** Scores of a faultless and of a worthless answer, by name; missing where they depend on the text. */
  readonly extremes?: Extremes;
  /** The sample's observation; null where the sample is of another task or metric. */
  observe(sample: MeasuredSample): Observation | null;
}

export interface Extremes {
  readonly best: Readonly<Record<string, number>>;
  readonly worst: Readonly<Record<string, number>>;
}

export interface ImpliedGate {
  readonly metric: string;
  /** At least this. */
  readonly limit: number;
  /** It decides where the gate that brings it does. */
  readonly required: boolean;
}

/** A sample with what stands beside it: times are no part of what is deterministic. */
export interface MeasuredSample extends Sample {
  /** Model latency of the answer, if it was measured in this run. */
  readonly latencyMs?: number;
  /** What a vendor's answer costs, in the project's currency; missing: an engine's time. */
  readonly cost?: number;
}

export interface TaskShape {
  readonly kind: 'classification' | 'generation' | 'chat';
  readonly labels?: readonly string[] | undefined;
  /** Its answers are one JSON object with these fields. */
  readonly json_fields?: readonly string[] | undefined;
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

/** What a metric is of that is of no single task: reports and cards group by it. */
export const OF = {probes: 'probes', outputs: 'outputs', engine: 'engine', judge: 'judge'} as const;

/** The values of these names as a measure takes them, in their order; null where one is missing, or the item failed. */
export function values(sample: MeasuredSample, names: readonly string[]): number[] | null {
  const found = names.map((name) => sample.scores[name]);
  return sample.error === null && found.every((value) => value !== undefined) ? found : null;
}

/** `stratum`: the class, where the measure is a mean over classes. */
export function observation(
  {task, item, cluster}: MeasuredSample,
  scores: readonly number[] | null,
  stratum = '',
): Observation {
  return {item: `${task}/${item}`, cluster, stratum, values: scores};
}

/** Observations of one task's samples, by the values of these names. */
export function scoredBy(task: string, names: readonly string[]): Metric['observe'] {
  return (sample) => (sample.task === task ? observation(sample, values(sample, names)) : null);
}
