import type {CustomMetric} from '../../../schemas/custom-metric.ts';
import {meanMeasure} from '../gates/mean-measure.ts';
import {scoredBy, type Metric, type TaskShape} from './metric.ts';

/** The name under which an answer's value stands among its scores. */
export const customScore = (name: string): string => `custom_${name}`;

/** Tasks that a project's own metric is of. */
export function tasksOf(
  {tasks: named}: Pick<CustomMetric, 'tasks'>,
  tasks: Readonly<Record<string, TaskShape>>,
): string[] {
  return named ?? Object.keys(tasks).filter((task) => tasks[task]!.kind !== 'classification');
}

/** A project's own metric, as reports show and gates name it: `TASK_NAME`. Its values come from a thread, and stand in the samples. */
export function customMetric(name: string, declared: CustomMetric, task: string): Metric {
  const {label = name.replaceAll('_', ' '), better, range, unit} = declared;
  return {
    name: `${task}_${name}`,
    label: `${label} (${task})`,
    unit,
    of: task,
    measure: meanMeasure(better, range),
    observe: scoredBy(task, [customScore(name)]),
  };
}
