/**
 * What workers count beside Temporal's own metrics. They go through Temporal's meter, so that a worker has one address.
 * Names are as Prometheus shows them; no unit is given, since its exporter would add it to the name.
 */
export interface WorkerMetric {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

export const WORKER_METRICS = {
  activities: {
    name: 'ratchet_activities_total',
    kind: 'counter',
    help: 'Attempts of activities that ended, by outcome (done, failed, cancelled)',
    labels: ['activity', 'outcome'],
  },
  failures: {
    name: 'ratchet_activity_failures_total',
    kind: 'counter',
    help: 'Attempts of activities that failed, by the type of their error (DiskFull, AccessDenied, …)',
    labels: ['activity', 'error'],
  },
  activitySeconds: {
    name: 'ratchet_activity_seconds',
    kind: 'histogram',
    help: 'How long attempts of activities took',
    labels: ['activity', 'outcome'],
  },
  workflows: {
    name: 'ratchet_workflows_total',
    kind: 'counter',
    help: 'Workflows that ended, by what they are (lifecycle, curate, train, …) and outcome (done, failed, cancelled, continued)',
    labels: ['workflow', 'outcome'],
  },
  workflowSeconds: {
    name: 'ratchet_workflow_seconds',
    kind: 'histogram',
    help: 'How long workflows took, the waiting for people included',
    labels: ['workflow', 'outcome'],
  },
} as const satisfies Record<string, WorkerMetric>;

/** Seconds: 0.1 s to a week. */
export const WORKER_BUCKETS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600, 7 * 24 * 3600];

export const SCHEDULE_TO_START = 'temporal_activity_schedule_to_start_latency';

/** Of Temporal's own metrics those that boards and alert rules use; a test sees each of them on a real worker. */
export const TEMPORAL_METRICS: readonly WorkerMetric[] = [
  {
    name: SCHEDULE_TO_START,
    kind: 'histogram',
    help: 'Seconds that activities waited in their queue for a free worker',
    labels: ['task_queue'],
  },
  {
    name: 'temporal_workflow_task_queue_poll_succeed',
    kind: 'counter',
    help: 'Workflow tasks that this worker took: 0 for long on a busy project says that it does not work',
    labels: ['task_queue'],
  },
  {
    name: 'temporal_workflow_task_execution_failed',
    kind: 'counter',
    help: 'Workflow tasks that failed: a workflow that does not replay, or a fault in its code',
    labels: ['workflow_type', 'task_queue', 'failure_reason'],
  },
  {
    name: 'temporal_worker_task_slots_available',
    kind: 'gauge',
    help: 'Free slots, by the kind of their work (ActivityWorker, WorkflowWorker, …)',
    labels: ['worker_type', 'task_queue'],
  },
  {
    name: 'temporal_worker_task_slots_used',
    kind: 'gauge',
    help: 'Slots in use, by the kind of their work',
    labels: ['worker_type', 'task_queue'],
  },
];
