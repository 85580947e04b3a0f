import {WorkflowFailedError, type Client, type WorkflowHandle} from '@temporalio/client';
import {WorkflowNotFoundError} from '@temporalio/common';
import {z} from 'zod';
import {digestOf} from '../../core/identity/digest.ts';
import type {ApprovalInput} from '../../schemas/approval.ts';
import type {RolloutInput} from '../../schemas/deployment.ts';
import {adoptionPrefix, approvalWorkflowId, rolloutWorkflowId} from '../../schemas/names.ts';
import {decodePayload} from '../../temporal/payload-codec/decode-payload.ts';
import {activity} from '../activity.ts';
import type {Activity, ActivityContext} from '../context.ts';
import {failureOf, whileWanted, type StageEnd} from './waiting.ts';

/** A child that may have been started by an earlier execution of the workflow that wants it. */
export const AdoptInput = z.object({
  project: z.string(),
  workflowId: z.string(),
  /** The workflow whose child it is. */
  parent: z.string(),
  /** What it must have been started with; missing where its workflow ID says all of that. */
  input: z.unknown().optional(),
  /** What becomes of one that has completed: its result is taken, or it is done again. */
  ended: z.enum(['taken', 'again']),
});
export type AdoptInput = z.input<typeof AdoptInput>;

export type ChildEnd =
  | StageEnd
  /** Somebody cancelled or terminated it, and not since its parent was closed. */
  | {readonly status: 'cancelled' | 'terminated'};

const WithdrawInput = z.object({
  run: z.string(),
  keep: z.object({release: z.string(), dataset: z.string(), report: z.string()}).nullable(),
});

/**
 * How a child ended that an earlier execution of the workflow `parent` started; waits for one that runs. What goes by its
 * name without being that, or was started with another input, is cancelled, and its end waited for: its result says nothing.
 */
export const awaitChild = activity(
  'wait',
  AdoptInput,
  async (
    {workflowId, parent, input, ended},
    context: Pick<ActivityContext, 'client'>,
    activity: Pick<Activity, 'signal' | 'progress'>,
  ): Promise<ChildEnd> => {
    const note = `waits for ${workflowId}, which an earlier execution of ${parent} started`;
    activity.progress({done: 0, total: 0, unit: '', note});
    return whileWanted(context, activity, async (client) => {
      const child = await newest(client, workflowId);
      if (child === null) return {status: 'gone'};
      const own = child.parent === parent && (input === undefined || (await hasInput(client, child, input)));
      if (!own) {
        if (child.running) await withdraw(child.handle);
        return {status: 'gone'};
      }
      if (!child.running && ended === 'again') return {status: 'gone'};
      const end = await endOf(client, child, parent);
      // One that had failed before anybody came back to it may do better now.
      return end.status === 'failed' && !child.running ? {status: 'gone'} : end;
    });
  },
);

/**
 * Cancels the approval and the rollout of a run that go on by other digests than `keep` (null: by any), and waits for their
 * ends: after a reset the run may have come to another report, or to another verdict.
 */
export const withdrawOthers = activity(
  'wait',
  WithdrawInput,
  async (
    {run, keep},
    context: Pick<ActivityContext, 'client'>,
    activity: Pick<Activity, 'signal'>,
  ): Promise<void> => {
    await whileWanted(context, activity, async (client) => {
      // The rollout first: it is what moves traffic.
      for (const workflowId of [rolloutWorkflowId(run), approvalWorkflowId(run)]) {
        const child = await newest(client, workflowId);
        if (!child?.running) continue;
        const input = (await inputOf(client, child)) as Partial<ApprovalInput & RolloutInput> | null;
        const digests = input?.digests ?? input?.proof?.approval.digests ?? null;
        if (keep === null || digestOf(digests) !== digestOf(keep)) await withdraw(child.handle);
      }
    });
  },
);

/** The newest execution of a workflow ID. */
interface Execution {
  readonly handle: WorkflowHandle;
  readonly runId: string;
  readonly running: boolean;
  readonly status: string;
  /** Workflow ID of what started it; undefined for what was started by hand. */
  readonly parent: string | undefined;
}

async function newest(client: Client, workflowId: string): Promise<Execution | null> {
  try {
    const {runId, status, raw} = await client.workflow.getHandle(workflowId).describe();
    return {
      handle: client.workflow.getHandle(workflowId, runId),
      runId,
      running: status.name === 'RUNNING',
      status: status.name,
      parent: raw.workflowExecutionInfo?.parentExecution?.workflowId ?? undefined,
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

async function hasInput(client: Client, child: Execution, input: unknown): Promise<boolean> {
  return digestOf(await inputOf(client, child)) === digestOf(input);
}

/** What a workflow was started with: the one argument that each of ours takes. */
async function inputOf(client: Client, {handle: {workflowId}, runId}: Execution): Promise<unknown> {
  const {history} = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: {workflowId, runId},
    maximumPageSize: 1,
  });
  const [payload] = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  if (payload === undefined || payload === null) return null;
  return (await decodePayload(client, payload)) ?? null;
}

async function endOf(client: Client, {handle, runId}: Execution, parent: string): Promise<ChildEnd> {
  try {
    return {status: 'done', result: (await handle.result()) as unknown};
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return {status: 'gone'};
    if (!(error instanceof WorkflowFailedError)) throw error;
    const end = failureOf(error);
    if (end.status === 'failed') return end;
  }
  // Reset, it goes on as another execution.
  const now = await newest(client, handle.workflowId);
  if (now === null || now.runId !== runId) return {status: 'gone'};
  if (now.status !== 'CANCELLED') return {status: 'terminated'};
  return (await cancelledWith(handle, parent)) ? {status: 'gone'} : {status: 'cancelled'};
}

/** Whether it was cancelled since its parent's earlier execution was closed, and not because somebody asked for it. */
async function cancelledWith(handle: WorkflowHandle, parent: string): Promise<boolean> {
  const {events} = await handle.fetchHistory();
  const asked = events?.findLast((event) => event.workflowExecutionCancelRequestedEventAttributes);
  const by = asked?.workflowExecutionCancelRequestedEventAttributes?.externalWorkflowExecution?.workflowId;
  return by === parent || by?.startsWith(adoptionPrefix(handle.workflowId)) === true;
}

async function withdraw(handle: WorkflowHandle): Promise<void> {
  try {
    await handle.cancel();
    await handle.result();
  } catch (error) {
    if (!(error instanceof WorkflowFailedError || error instanceof WorkflowNotFoundError)) throw error;
  }
}
