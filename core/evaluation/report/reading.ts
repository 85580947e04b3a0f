import {fieldScore} from '../catalog/json-fields.ts';
import type {MeasuredSample} from '../catalog/metric.ts';
import type {TaskView} from './view.ts';

/** How answers of a task are read: from 0 to 1, and what is wrong with one in a few words. */
export interface Reading {
  readonly score: (sample: MeasuredSample) => number;
  /** `spam called ham`, `ROUGE-L 0.00` */
  readonly what: (sample: MeasuredSample) => string;
  /** An answer is right or it is not: those below 1 are counted by what is wrong with them. */
  readonly exact: boolean;
}

const BY_LABEL: Reading = {
  exact: true,
  score: ({scores}) => scores['correct'] ?? 1,
  what: ({expected, output}) => `${expected ?? '?'} called ${output}`,
};
const BY_OVERLAP: Reading = {
  exact: false,
  score: ({scores}) => scores['rouge_l'] ?? 1,
  what: ({scores}) => `ROUGE-L ${(scores['rouge_l'] ?? 0).toFixed(2)}`,
};

function byFields(fields: readonly string[]): Reading {
  const wrong = ({scores}: MeasuredSample): string[] =>
    fields.filter((field) => scores[fieldScore(field)] === 0);
  return {
    exact: true,
    score: (sample) => 1 - wrong(sample).length / fields.length,
    what: (sample) =>
      sample.scores['json_valid'] === 0 ? 'JSON not valid' : `${wrong(sample).join(' and ')} wrong`,
  };
}

export function readingOf({kind, json_fields: fields}: TaskView): Reading {
  if (kind === 'classification') return BY_LABEL;
  return fields === undefined ? BY_OVERLAP : byFields(fields);
}

/** −1 of an answer that could not be scored. */
export function scoreOf(sample: MeasuredSample, {score}: Reading): number {
  return sample.error === null ? score(sample) : -1;
}
