import {meanMeasure} from '../gates/mean-measure.ts';
import {quantileMeasure} from '../gates/quantile-measure.ts';
import {OF, observation, type MeasuredSample, type Metric} from './metric.ts';

/** No answer costs more than what a request may take (the inference client's time limit). */
export const LONGEST_ANSWER_MS = 120_000;

const latency =
  (name: string, label: string, q: number) =>
  (tasks: readonly string[]): Metric => ({
    name,
    label,
    unit: 'ms',
    of: OF.engine,
    measure: quantileMeasure(q),
    observe: (sample) => timed(sample, tasks, (ms) => ms),
  });
export const latencyMedian = latency('latency_p50_ms', 'Latency of an answer, median', 0.5);
export const latencyP95 = latency('latency_p95_ms', 'Latency of an answer, 95th percentile', 0.95);

/** `costPerHour`: price of the engine; `dearest`: of a vendor's dearest answer. */
export const cost = (tasks: readonly string[], costPerHour: number, dearest: number): Metric => {
  const of = (ms: number): number => (ms / 3_600_000) * costPerHour * 1000;
  return {
    name: 'cost_per_1k',
    label: 'Cost of 1,000 answers',
    unit: 'money',
    of: OF.engine,
    measure: meanMeasure('lower', [0, Math.max(of(LONGEST_ANSWER_MS), 1000 * dearest)]),
    observe: (sample) =>
      sample.cost !== undefined && sample.error === null && tasks.includes(sample.task)
        ? observation(sample, [1000 * Math.min(sample.cost, dearest)])
        : timed(sample, tasks, of),
  };
};

/** Of an answer to one of the project's own tasks, where its time is known. */
function timed(sample: MeasuredSample, tasks: readonly string[], of: (ms: number) => number) {
  const {latencyMs, error, task} = sample;
  return latencyMs !== undefined && error === null && tasks.includes(task)
    ? observation(sample, [of(latencyMs)])
    : null;
}
