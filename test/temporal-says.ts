import type {Client} from '@temporalio/client';
import {WorkflowNotFoundError} from '@temporalio/common';

/** What a test's Temporal tells of one execution. */
export interface ToldExecution {
  readonly type: string;
  readonly runId?: string;
  /** Workflow ID and run ID of its parent; a client started it, if missing. */
  readonly parent?: readonly [workflowId: string, runId: string];
  /** Of the first execution of its chain. */
  readonly firstRunId?: string;
  /** ISO 8601. */
  readonly began?: string;
}

/** A context's client that knows these executions, by workflow ID, and no other. */
export function temporalSays(executions: Readonly<Record<string, ToldExecution>>): () => Promise<Client> {
  return temporalTells((workflowId) => executions[workflowId] ?? null);
}

/** A context's client to which every approval is that of its run. */
export function everyApprovalIsOwn(began = '2026-01-01T00:00:00.000Z'): () => Promise<Client> {
  return temporalTells((workflowId) => {
    if (workflowId.startsWith('lifecycle/')) return {type: 'lifecycle', began};
    if (!workflowId.startsWith('approval/')) return null;
    return {type: 'approval', parent: [workflowId.slice('approval/'.length), 'r'], began};
  });
}

/** A context's client to which every run is of a retrain that the monitor started, for drift. */
export function everyRunIsForDrift(project: string): () => Promise<Client> {
  return temporalTells((workflowId) => {
    if (workflowId === `monitor/${project}`) return {type: 'monitor'};
    if (workflowId === `retrain/${project}`) return {type: 'retrain', parent: [`monitor/${project}`, 'r']};
    return {type: 'lifecycle', parent: [`retrain/${project}`, 'r']};
  });
}

function temporalTells(of: (workflowId: string) => ToldExecution | null): () => Promise<Client> {
  const getHandle = (workflowId: string, runId?: string) => ({
    describe: () => {
      const told = of(workflowId);
      if (told === null || (told.runId !== undefined && runId !== undefined && told.runId !== runId))
        return Promise.reject(new WorkflowNotFoundError('workflow not found', workflowId, runId));
      const {type, parent, began = '2026-01-01T00:00:00.000Z'} = told;
      return Promise.resolve({
        workflowId,
        runId: runId ?? told.runId ?? 'r',
        type,
        startTime: new Date(began),
        status: {name: 'RUNNING'},
        raw: {workflowExecutionInfo: {firstRunId: told.firstRunId ?? 'r'}},
        ...(parent === undefined ? {} : {parentExecution: {workflowId: parent[0], runId: parent[1]}}),
      });
    },
  });
  return () => Promise.resolve({workflow: {getHandle}} as unknown as Client);
}
