import type {MetricMeter} from '@temporalio/common';
import {WORKER_METRICS} from '../telemetry/worker-metrics.ts';

/** What this worker counts, on Temporal's meter. */
export interface Meters {
  activity(of: {activity: string; outcome: string; seconds: number; error: string | null}): void;
  workflow(of: {workflow: string; outcome: string; seconds: number}): void;
}

export function metersOn(meter: MetricMeter): Meters {
  const {activities, failures, activitySeconds, workflows, workflowSeconds} = WORKER_METRICS;
  const counter = ({name, help}: {name: string; help: string}) => meter.createCounter(name, undefined, help);
  const histogram = ({name, help}: {name: string; help: string}) =>
    meter.createHistogram(name, 'float', undefined, help);
  const on = {
    activities: counter(activities),
    failures: counter(failures),
    activitySeconds: histogram(activitySeconds),
    workflows: counter(workflows),
    workflowSeconds: histogram(workflowSeconds),
  };
  return {
    activity({activity, outcome, seconds, error}) {
      on.activities.add(1, {activity, outcome});
      on.activitySeconds.record(seconds, {activity, outcome});
      if (error !== null) on.failures.add(1, {activity, error});
    },
    workflow({workflow, outcome, seconds}) {
      on.workflows.add(1, {workflow, outcome});
      on.workflowSeconds.record(seconds, {workflow, outcome});
    },
  };
}
