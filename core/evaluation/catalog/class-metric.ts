import type {Measure} from '../gates/measure.ts';
import {observation, values, type Extremes, type Metric} from './metric.ts';

/** A metric of answers that are one of a task's labels. */
export interface ClassMetric {
  /** Behind the task's name: `accuracy` becomes `triage_accuracy`. */
  readonly name: string;
  readonly label: string;
  readonly sliced?: true;
  readonly headline?: true;
  /** Names of what `score` gives, for these labels; `correct` by default: 1 where the answer is the label. */
  readonly scores?: (labels: readonly string[]) => readonly string[];
  readonly score?: (answer: string, label: string, labels: readonly string[]) => readonly number[];
  readonly measure: (labels: readonly string[]) => Measure;
  /** Only items of this label. */
  readonly only?: string;
  readonly extremes?: Extremes;
}

const CORRECT = ['correct'];
const isCorrect = (answer: string, label: string): readonly number[] => [answer === label ? 1 : 0];

/** An observation's stratum is its item's label. */
export function classMetric(declared: ClassMetric): (task: string, labels: readonly string[]) => Metric {
  const {name, label, score = isCorrect, only} = declared;
  return (task, labels) => {
    const names = declared.scores?.(labels) ?? CORRECT;
    const extremes =
      declared.extremes ??
      (declared.score === undefined ? {best: {correct: 1}, worst: {correct: 0}} : undefined);
    return {
      name: `${task}_${name}`,
      label: `${label} (${task})`,
      unit: 'share',
      of: task,
      measure: declared.measure(labels),
      ...(declared.sliced ? {sliced: true} : {}),
      ...(declared.headline ? {headline: true} : {}),
      ...(extremes === undefined ? {} : {extremes}),
      score: ({task: of, error, output, expected}) => {
        if (of !== task || error !== null || expected === null) return null;
        const all = score(output, expected, labels);
        return Object.fromEntries(names.map((one, i) => [one, all[i]!]));
      },
      observe: (sample) => {
        if (sample.task !== task || sample.expected === null) return null;
        if (only !== undefined && sample.expected !== only) return null;
        return observation(sample, values(sample, names), sample.expected);
      },
    };
  };
}
