import {meanMeasure} from '../gates/mean-measure.ts';
import type {Measure} from '../gates/measure.ts';
import {scoredBy, type Extremes, type Metric} from './metric.ts';

/** A metric of written answers against their references. */
export interface TextMetric {
  /** Behind the task's name: `rouge_l` becomes `subject_rouge_l`. */
  readonly name: string;
  /** For people, without the task: `ROUGE-L`. */
  readonly label: string;
  readonly unit?: Metric['unit'];
  readonly sliced?: true;
  readonly headline?: true;
  /** Names of what `score` gives; the metric's own by default. */
  readonly scores?: readonly string[];
  /** Of the two texts, without white space at their ends, which is not the model's doing. */
  readonly score: (text: string, reference: string) => readonly number[];
  /** The mean of a score from 0 to 1 by default. */
  readonly measure?: Measure;
  readonly extremes?: Extremes;
}

/** @example export const rougeL = textMetric({name: 'rouge_l', label: 'ROUGE-L', score: (text, reference) => [f1(text, reference)]}) */
export function textMetric({
  name,
  label,
  scores = [name],
  score,
  ...declared
}: TextMetric): (task: string) => Metric {
  const measure = declared.measure ?? meanMeasure('higher', [0, 1]);
  const extremes =
    declared.extremes ??
    (declared.measure === undefined ? {best: {[name]: 1}, worst: {[name]: 0}} : undefined);
  return (task) => ({
    name: `${task}_${name}`,
    label: `${label} (${task})`,
    unit: declared.unit ?? 'share',
    of: task,
    measure,
    ...(declared.sliced ? {sliced: true} : {}),
    ...(declared.headline ? {headline: true} : {}),
    ...(extremes === undefined ? {} : {extremes}),
    score: ({task: of, error, output, expected}) => {
      if (of !== task || error !== null || expected === null) return null;
      const all = score(output.trim(), expected.trim());
      return Object.fromEntries(scores.map((one, i) => [one, all[i]!]));
    },
    observe: scoredBy(task, scores),
  });
}
