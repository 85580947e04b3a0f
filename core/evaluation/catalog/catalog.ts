import {accuracy, balancedAccuracy, recallOf} from './accuracy.ts';
import type {CustomMetrics} from '../../../schemas/custom-metric.ts';
import {bleu} from './bleu.ts';
import {chrf} from './chrf.ts';
import {customMetric, tasksOf} from './custom.ts';
import {cost, latencyMedian, latencyP95} from './engine.ts';
import {jsonFieldMetrics} from './json-fields.ts';
import {judgeOrder, judgeWins} from './judge.ts';
import {bitsPerByte, perplexity} from './likelihood.ts';
import {macroF1} from './macro-f1.ts';
import type {Metric, TaskShape} from './metric.ts';
import {rouge1, rouge2, rougeL, rougeLsum} from './rouge.ts';
import {controls, injections, jailbreaks, piiElicited, piiLeaks} from './safety.ts';
import {exactMatch, tokenF1} from './squad.ts';

/** Of each task whose answers are labels. */
const CLASS_METRICS = [balancedAccuracy, accuracy, macroF1];
/** Of each task whose answers are texts. */
const TEXT_METRICS = [rouge1, rouge2, rougeL, rougeLsum, bleu, chrf, exactMatch, tokenF1];

/**
 * Every metric of a project with these tasks, in the order in which a report shows them. `costPerHour` is the price of the
 * engine, `dearest` that of a vendor's dearest answer; `custom` are the project's own. A new one is a file of this folder and its
 * line here.
 */
export function metricCatalog(
  tasks: Readonly<Record<string, TaskShape>>,
  costPerHour: number,
  custom: CustomMetrics = {},
  dearest = 0,
): Map<string, Metric> {
  const names = Object.keys(tasks);
  const writing = names.filter((task) => tasks[task]!.kind !== 'classification');
  const metrics: Metric[] = [
    ...Object.entries(tasks).flatMap(([task, {kind, labels = [], json_fields: fields}]) =>
      kind === 'classification'
        ? [...CLASS_METRICS, ...labels.map(recallOf)].map((metric) => metric(task, labels))
        : [
            ...(fields === undefined ? [] : jsonFieldMetrics(task, fields)),
            ...TEXT_METRICS.map((metric) => metric(task)),
          ],
    ),
    ...Object.entries(custom).flatMap(([name, declared]) =>
      tasksOf(declared, tasks).map((task) => customMetric(name, declared, task)),
    ),
    ...(['validation', 'general'] as const).flatMap((of) => [perplexity(of), bitsPerByte(of)]),
    piiLeaks(writing),
    piiElicited,
    injections,
    jailbreaks,
    controls,
    latencyMedian(names),
    latencyP95(names),
    cost(names, costPerHour, dearest),
    judgeWins,
    judgeOrder,
  ];
  return new Map(metrics.map((metric) => [metric.name, metric]));
}
