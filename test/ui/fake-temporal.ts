import {WorkflowNotFoundError, type Client} from '@temporalio/client';
import {defaultPayloadConverter} from '@temporalio/common';
import type {ApprovalInput} from '../../schemas/approval.ts';
import type {MonitorLook} from '../../schemas/drift.ts';
import {
  LAST_LOOK,
  PROGRESS,
  STANDING,
  type ApprovalStanding,
  type LifecycleProgress,
} from '../../schemas/messages.ts';

/** What a Temporal of a test knows. */
export interface TemporalSays {
  /** Approvals that wait, each with where it stands. */
  readonly waiting?: readonly {readonly input: ApprovalInput; readonly standing: ApprovalStanding}[];
  /** The one lifecycle that runs, and how far it is. */
  readonly run?: string;
  readonly progress?: LifecycleProgress;
  readonly look?: MonitorLook;
}

/** The part of a client that pages ask. */
export function fakeTemporal({waiting = [], run, progress, look}: TemporalSays): Client {
  const one = (runId: string) => waiting[Number(runId.replace('execution-', ''))]!;
  const answer = (name: string, runId = ''): unknown => {
    if (name === STANDING) return one(runId).standing;
    if (name === PROGRESS) return progress;
    if (name === LAST_LOOK) return look ?? null;
    throw new Error(`no query ${name}`);
  };
  const client = {
    options: {namespace: 'default', loadedDataConverter: {payloadCodecs: []}},
    withDeadline: <T>(_at: number, asked: () => Promise<T>) => asked(),
    workflow: {
      async *list() {
        for (const [i] of waiting.entries()) yield {workflowId: `approval/${i}`, runId: `execution-${i}`};
      },
      getHandle: (workflowId: string, runId?: string) => ({
        query: async (name: string) => answer(name, runId),
        describe: async () => {
          if (workflowId !== run) throw new WorkflowNotFoundError('no such workflow', workflowId, undefined);
          return {status: {name: 'RUNNING'}, raw: {pendingActivities: []}};
        },
      }),
    },
    workflowService: {
      getWorkflowExecutionHistory: async ({execution}: {execution: {runId: string}}) => ({
        history: {
          events: [
            {
              workflowExecutionStartedEventAttributes: {
                input: {payloads: [defaultPayloadConverter.toPayload(one(execution.runId).input)]},
              },
            },
          ],
        },
      }),
    },
  };
  return client as unknown as Client;
}
