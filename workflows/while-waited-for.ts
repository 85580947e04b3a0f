import {
  CancellationScope,
  condition,
  defineSignal,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {NON_RETRYABLE} from '../schemas/errors.ts';
import {JOIN, LEAVE} from '../schemas/messages.ts';
import {taskQueue} from '../schemas/names.ts';
import type {Activities} from '../activities/contract.ts';
import type {StageInput} from './find-or-run.ts';

/** Runs a stage's body as long as at least one run waits for it; when the last one has left, the stage cancels itself. */
export async function whileWaitedFor<T>(
  {request, waiter: first}: StageInput,
  body: () => Promise<T>,
): Promise<T> {
  // One request to the Temporal server.
  const {abandonStage} = proxyActivities<Activities>({
    taskQueue: taskQueue(request.project, 'cpu'),
    startToCloseTimeout: '20 s',
    retry: {maximumInterval: '1 min', nonRetryableErrorTypes: [...NON_RETRYABLE]},
  });
  const waiters = new Set([first]);
  setHandler(defineSignal<[string]>(JOIN), (waiter) => void waiters.add(waiter));
  setHandler(defineSignal<[string]>(LEAVE), (waiter) => void waiters.delete(waiter));
  const watch = new CancellationScope();
  const abandoned = watch.run(async () => {
    await condition(() => waiters.size === 0);
    // Through an activity, since a workflow may not ask for its own cancellation; so it ends as cancelled, not as failed.
    const {workflowId, runId} = workflowInfo();
    await abandonStage.executeWithOptions({summary: 'no run waits any more: cancel this stage'}, [
      {workflowId, runId},
    ]);
  });
  abandoned.catch(() => undefined);
  try {
    return await body();
  } finally {
    watch.cancel();
  }
}
