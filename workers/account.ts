import type {Account} from './meter.ts';

interface Known {
  readonly workflow: string;
  readonly what: string;
  /** Of the activity's module. */
  readonly stage: string;
}

/**
 * On whose account an activity works: the stage and the run that its input names, else its module's, and the run that its
 * workflow belongs to (`lifecycle/…`, `approval/lifecycle/…`, `rollout/lifecycle/…`).
 */
export function accountOf(input: unknown, {workflow, what, stage}: Known): Account {
  const given = record(input);
  const request = record(given['request'] ?? (typeof given['stage'] === 'string' ? given : undefined));
  const run = [request['run'], given['run'], given['runId'], workflow.replace(/^(approval|rollout)\//, '')]
    .map((one) => (typeof one === 'string' && one.startsWith('lifecycle/') ? one : undefined))
    .find((one) => one !== undefined);
  const named = typeof request['stage'] === 'string' ? request['stage'] : stage;
  return {
    what,
    workflow,
    // A trial is asked for as the training that it would be by itself.
    stage: /^(sweep|trial)\//.test(workflow) ? 'sweep' : named,
    run: run ?? null,
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
