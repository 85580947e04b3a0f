import {WorkflowNotFoundError} from '@temporalio/common';
import type {ActivityContext} from '../context.ts';

/** A workflow's execution as Temporal tells of it: nobody who starts one chooses its parent or when it began. */
export interface Execution {
  readonly workflowId: string;
  readonly runId: string;
  /** Of the first of its chain: a reset or a retry keeps it, another start does not. '' where the server does not tell. */
  readonly firstRunId: string;
  readonly type: string;
  /** ISO 8601. */
  readonly began: string;
  /** What started it as its child; null where a client did. */
  readonly parent: {readonly workflowId: string; readonly runId: string} | null;
}

/** The execution of a workflow with this run ID, the latest if none is given; null where Temporal knows none. */
export async function executionOf(
  {workflowId, runId}: {readonly workflowId: string; readonly runId?: string},
  context: Pick<ActivityContext, 'client'>,
): Promise<Execution | null> {
  const client = await context.client();
  try {
    const found = await client.workflow.getHandle(workflowId, runId).describe();
    const {parentExecution: parent} = found;
    return {
      workflowId: found.workflowId,
      runId: found.runId,
      type: found.type,
      firstRunId: found.raw.workflowExecutionInfo?.firstRunId ?? '',
      began: found.startTime.toISOString(),
      parent: parent?.workflowId ? {workflowId: parent.workflowId, runId: parent.runId ?? ''} : null,
    };
  } catch (error) {
    if (isNobodys(error)) return null;
    throw error;
  }
}

/** gRPC's code of an argument that the server does not take. */
const INVALID_ARGUMENT = 3;

/** Whether Temporal says that it knows no such execution, or that nothing can have that ID: too long, of another shape. */
export function isNobodys(error: unknown): boolean {
  if (error instanceof WorkflowNotFoundError) return true;
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  return [error, cause].some((one) => (one as {code?: unknown} | undefined)?.code === INVALID_ARGUMENT);
}
