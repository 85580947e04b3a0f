import {rateMeasure} from '../gates/rate-measure.ts';
import {compareFields, isJsonObject, type ComparedFields} from '../metrics/json-fields.ts';
import {observation, values, type Metric} from './metric.ts';

/** A figure of answers that are one JSON object with declared fields. */
interface JsonMetric {
  /** Behind the task's name, and of the score: `fields_exact` becomes `extract_fields_exact`. */
  readonly name: string;
  readonly label: string;
  readonly sliced?: true;
  readonly headline?: true;
  readonly holds: (compared: ComparedFields) => boolean;
}

/** All fields right, valid JSON, and each field for itself, of a task that declares `json_fields`. */
export function jsonFieldMetrics(task: string, fields: readonly string[]): Metric[] {
  const declared: readonly JsonMetric[] = [
    {
      name: 'fields_exact',
      label: 'All fields exact',
      sliced: true,
      headline: true,
      holds: ({right}) => right.every(Boolean),
    },
    {name: 'json_valid', label: 'Valid JSON', holds: ({valid}) => valid},
    ...fields.map((field, i): JsonMetric => ({
      name: fieldScore(field),
      label: `Field ${field} exact`,
      holds: ({right}) => right[i]!,
    })),
  ];
  return declared.map((one) => jsonMetric(one, task, fields));
}

/** `total` → `field_total`: the name under which an answer's score of a field stands. */
export function fieldScore(field: string): string {
  return `field_${field}`;
}

/** A row whose reference is no JSON object has nothing to compare with: it is no item of these metrics. */
function jsonMetric(
  {name, label, sliced, headline, holds}: JsonMetric,
  task: string,
  fields: readonly string[],
): Metric {
  return {
    name: `${task}_${name}`,
    label: `${label} (${task})`,
    unit: 'share',
    of: task,
    measure: rateMeasure(),
    ...(sliced ? {sliced} : {}),
    ...(headline ? {headline} : {}),
    extremes: {best: {[name]: 1}, worst: {[name]: 0}},
    score: ({task: of, error, output, expected}) => {
      if (of !== task || error !== null || expected === null) return null;
      const compared = compareFields(output, expected, fields);
      return compared === null ? null : {[name]: holds(compared) ? 1 : 0};
    },
    observe: (sample) => {
      if (sample.task !== task) return null;
      const compares =
        sample.scores[name] !== undefined || (sample.expected !== null && isJsonObject(sample.expected));
      return compares ? observation(sample, values(sample, [name])) : null;
    },
  };
}
