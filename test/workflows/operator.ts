import {randomUUID} from 'node:crypto';
import type {Client, WorkflowHandle} from '@temporalio/client';

/**
 * What "Reset" in the Temporal UI does, to the workflow task that came `after` so many others: what was decided in it and
 * after it is decided anew. Gives the execution that goes on.
 */
export async function resetTo(
  client: Client,
  handle: WorkflowHandle,
  after: number,
): Promise<WorkflowHandle> {
  const {runId} = await handle.describe();
  const {events} = await client.workflow.getHandle(handle.workflowId, runId).fetchHistory();
  const done = events!.filter((event) => event.workflowTaskCompletedEventAttributes);
  const reset = await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: {workflowId: handle.workflowId, runId},
    workflowTaskFinishEventId: done[after]!.eventId!,
    requestId: randomUUID(),
    reason: 'by hand',
  });
  return client.workflow.getHandle(handle.workflowId, reset.runId);
}

/** A reset to the first workflow task: everything is decided anew. */
export const resetToStart = (client: Client, handle: WorkflowHandle): Promise<WorkflowHandle> =>
  resetTo(client, handle, 0);
