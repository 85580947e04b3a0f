import {setTimeout as delay} from 'node:timers/promises';
import {z} from 'zod';
import {WorkflowFailedError, type Client} from '@temporalio/client';
import {
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowNotFoundError,
} from '@temporalio/common';
import {activity} from '../activity.ts';
import type {Activity, ActivityContext} from '../context.ts';

export type StageEnd =
  | {readonly status: 'done'; readonly result: unknown}
  /** `type` and `message` of the error that ended it. */
  | {readonly status: 'failed'; readonly type: string; readonly message: string}
  /** Cancelled, terminated or out of time: it said nothing about its work. */
  | {readonly status: 'gone'};

/** How often a stage looks whether the runs that it works for are still there: a request a look. */
const LOOK_MS = 30_000;
/** So long a run that was reset has time to come back to the stage before it counts as gone. */
const GRACE_MS = 15 * 60_000;
/** At most so many waiters are looked at; the others have their turn when these are gone. */
const MOST = 50;

/**
 * Asks Temporal for as long as the activity is wanted: one that is cancelled neither connects nor waits any longer, so that
 * it gives its slot back.
 */
export async function whileWanted<T>(
  context: Pick<ActivityContext, 'client'>,
  {signal}: Pick<Activity, 'signal'>,
  ask: (client: Client) => Promise<T>,
): Promise<T> {
  let stop!: () => void;
  const cancelled = new Promise<never>((_, reject) => {
    stop = () => reject(new CancelledFailure('the run was cancelled'));
  });
  cancelled.catch(() => undefined);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, {once: true});
  const asked = async (): Promise<T> => {
    signal.throwIfAborted();
    const client = await context.client();
    return client.withAbortSignal(signal, () => ask(client));
  };
  try {
    return await Promise.race([cancelled, asked()]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/**
 * Waits for a stage that another run started. Its failure is a result here: thrown, it would look to Temporal like this
 * activity's own, and be tried again for ever.
 */
export const awaitStage = activity(
  'wait',
  z.object({workflowId: z.string()}),
  async (
    {workflowId},
    context: Pick<ActivityContext, 'client'>,
    activity: Pick<Activity, 'signal' | 'progress'>,
  ): Promise<StageEnd> => {
    const note = `waits for ${workflowId}, which another run started`;
    activity.progress({done: 0, total: 0, unit: '', note});
    return whileWanted(context, activity, async (client) => {
      try {
        return {status: 'done', result: (await client.workflow.getHandle(workflowId).result()) as unknown};
      } catch (error) {
        if (error instanceof WorkflowFailedError) return failureOf(error);
        if (error instanceof WorkflowNotFoundError) return {status: 'gone'};
        throw error;
      }
    });
  },
);

/** How a workflow failed; `gone` where it was ended from outside and said nothing of its work. */
export function failureOf({cause}: WorkflowFailedError): Exclude<StageEnd, {status: 'done'}> {
  if (cause === undefined || cause instanceof TerminatedFailure || cause instanceof TimeoutFailure)
    return {status: 'gone'};
  let inner: Error = cause;
  while (!(inner instanceof ApplicationFailure) && inner.cause instanceof Error) inner = inner.cause;
  if (inner instanceof CancelledFailure) return {status: 'gone'};
  const type = inner instanceof ApplicationFailure ? inner.type : undefined;
  return {status: 'failed', type: type ?? inner.name, message: inner.message};
}

/**
 * Returns as soon as the first of a stage's waiters is gone, with all before the first that is still there: a run that was
 * terminated, or ran out of time, cannot say that it leaves.
 */
export const waitersGone = activity(
  'wait',
  z.object({stage: z.string(), waiters: z.array(z.string())}),
  (input, context: Pick<ActivityContext, 'client'>, run: Pick<Activity, 'signal'>) =>
    firstGone(input, context, run),
);

/** The same, with a look every so many milliseconds. */
export async function firstGone(
  {stage, waiters}: {readonly stage: string; readonly waiters: readonly string[]},
  context: Pick<ActivityContext, 'client'>,
  run: Pick<Activity, 'signal'>,
  everyMs: number = LOOK_MS,
): Promise<string[]> {
  const some = waiters.slice(0, MOST);
  return whileWanted(context, run, async (client) => {
    for (;;) {
      const gone: string[] = [];
      for (const waiter of some) {
        if (await waits(waiter, stage, client)) break;
        gone.push(waiter);
      }
      if (gone.length > 0 || some.length === 0) return gone;
      await delay(everyMs, undefined, {signal: run.signal});
    }
  });
}

/**
 * Whether the execution `WORKFLOW@RUN` (`WORKFLOW`: any of it) is still there for its result. Of one that was reset, the execution that goes on
 * counts if it has the stage as its child, or came into being a short time ago and may yet ask for it.
 */
async function waits(waiter: string, stage: string, client: Client): Promise<boolean> {
  const at = waiter.lastIndexOf('@');
  const [workflowId, run] = at < 0 ? [waiter, null] : [waiter.slice(0, at), waiter.slice(at + 1)];
  if (workflowId === '' || (run !== null && !UUID.test(run))) return false;
  const newest = await found(client, workflowId);
  if (newest?.status.name !== 'RUNNING') return false;
  if (run === null || newest.runId === run) return true;
  if (newest.raw.pendingChildren?.some((child) => child.workflowId === stage)) return true;
  const former = await found(client, workflowId, run);
  return former?.closeTime !== undefined && Date.now() - former.closeTime.getTime() < GRACE_MS;
}
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function found(client: Client, workflowId: string, runId?: string) {
  try {
    return await client.workflow.getHandle(workflowId, runId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** Asks for the cancellation of a stage that nobody waits for; one that has ended meanwhile needs none. */
export const abandonStage = activity(
  'cpu',
  z.object({workflowId: z.string(), runId: z.string()}),
  async (input, context: Pick<ActivityContext, 'client'>): Promise<void> => {
    const client = await context.client();
    try {
      await client.workflow.getHandle(input.workflowId, input.runId).cancel();
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  },
);
