import type {Client, WorkflowExecutionDescription} from '@temporalio/client';
import {defaultPayloadConverter, WorkflowNotFoundError} from '@temporalio/common';
import {optionalTsToMs} from '@temporalio/common/lib/time.js';

/** temporal.api.enums.v1.PendingActivityState */
const STARTED = 2;

/** An activity of a run, or of a stage that it waits for, that has not ended. */
export interface PendingActivity {
  readonly workflowId: string;
  readonly activityId: string;
  readonly type: string;
  /** From 1. */
  readonly attempt: number;
  /** The last beat of this attempt, in ms since 1970; undefined before its first, and while it waits for a worker. */
  readonly beatAt: number | undefined;
  /** What it told at its last beat, whichever attempt's. */
  readonly details: unknown;
  /** The process that has it; the SDK's identity of a worker starts with its number. */
  readonly pid: number | undefined;
}

/** All that work for a run at this moment. */
export async function pendingActivities(client: Client, run: string): Promise<PendingActivity[]> {
  const {raw} = await client.workflow.getHandle(run).describe();
  const stages = (raw.pendingChildren ?? []).flatMap(({workflowId}) => workflowId ?? []);
  const children = await Promise.all(stages.map((id) => describedChild(client, id)));
  return [raw, ...children.flatMap((child) => child?.raw ?? [])].flatMap(
    ({workflowExecutionInfo, pendingActivities}) =>
      (pendingActivities ?? []).map((one) => {
        const startedAt = optionalTsToMs(one.lastStartedTime);
        const beatAt = optionalTsToMs(one.lastHeartbeatTime);
        const payload = one.heartbeatDetails?.payloads?.[0];
        return {
          workflowId: workflowExecutionInfo!.execution!.workflowId!,
          activityId: one.activityId!,
          type: one.activityType!.name!,
          attempt: one.attempt ?? 1,
          // Temporal keeps the former attempt's beat until the next one's first.
          beatAt: Number(one.state) === STARTED && beatAt! >= startedAt! ? beatAt : undefined,
          details: payload ? defaultPayloadConverter.fromPayload(payload) : undefined,
          pid: Number(/^(\d+)@/.exec(one.lastWorkerIdentity ?? '')?.[1]) || undefined,
        };
      }),
  );
}

/** Null for one that its parent has asked for and the server has not begun. */
async function describedChild(client: Client, id: string): Promise<WorkflowExecutionDescription | null> {
  try {
    return await client.workflow.getHandle(id).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

export interface NextAttempt {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** `start`: the attempt had ended before a heartbeat was seen; the time is its start's, at which it beats, too. */
  readonly by: 'heartbeat' | 'start';
}

/**
 * The attempt after an interrupted one, in what is `pending` now; undefined: not yet, null: never, since that one ended before
 * it was hit.
 */
export async function nextAttempt(
  client: Client,
  hit: PendingActivity,
  pending: readonly PendingActivity[],
): Promise<NextAttempt | null | undefined> {
  const now = pending.find((one) => one.workflowId === hit.workflowId && one.activityId === hit.activityId);
  if (now)
    return now.attempt > hit.attempt && now.beatAt !== undefined
      ? {at: now.beatAt, by: 'heartbeat'}
      : undefined;
  const at = await restartedAt(client, hit);
  return at === undefined ? null : {at, by: 'start'};
}

/**
 * When the last attempt of an activity that has ended was started, in ms since 1970, if it was not the first; from the history,
 * which has an attempt's start only once it has ended.
 */
export async function restartedAt(
  client: Client,
  {workflowId, activityId}: PendingActivity,
): Promise<number | undefined> {
  const {events} = await client.workflow.getHandle(workflowId).fetchHistory();
  const scheduled = events?.find((e) => e.activityTaskScheduledEventAttributes?.activityId === activityId);
  const started = events?.find(
    ({activityTaskStartedEventAttributes: start}) =>
      start && scheduled && Number(start.scheduledEventId) === Number(scheduled.eventId),
  );
  const again = (started?.activityTaskStartedEventAttributes?.attempt ?? 1) > 1;
  return again ? optionalTsToMs(started?.eventTime) : undefined;
}
