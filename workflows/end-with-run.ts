import {workflowInfo} from '@temporalio/workflow';
import {documents, waiting} from './activities.ts';

/**
 * Cancels this workflow when no execution of its parent runs any more. Temporal does that too, but not where the parent was
 * reset, and the execution that went on was terminated before it came back to its child. Nothing for what was started by hand.
 */
export function endWithRun(project: string): void {
  const {parent, workflowId, runId} = workflowInfo();
  if (parent === undefined) return;
  // As long as the run goes on.
  const {waitersGone} = waiting(project);
  // One request to the Temporal server.
  const {abandonStage} = documents(project);
  const watch = async (): Promise<void> => {
    await waitersGone.executeWithOptions({summary: `until ${parent.workflowId} is gone`}, [
      {stage: workflowId, waiters: [parent.workflowId]},
    ]);
    await abandonStage.executeWithOptions({summary: `${parent.workflowId} is gone: cancel this`}, [
      {workflowId, runId},
    ]);
  };
  watch().catch(() => undefined);
}
