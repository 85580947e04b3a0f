import {CancellationScope, condition, defineSignal, setHandler, workflowInfo} from '@temporalio/workflow';
import {JOIN, LEAVE} from '../schemas/messages.ts';
import {on, waiting} from './activities.ts';
import type {StageInput} from './find-or-run.ts';

/** Grouped by how long they run. */
function activities(project: string) {
  // One request to the Temporal server.
  const {abandonStage} = on('cpu', project, {startToCloseTimeout: '20 s'});
  // As long as the first of the waiters is there, which costs a request to the Temporal server every half minute.
  const {waitersGone} = waiting(project);
  return {abandonStage, waitersGone};
}

/** `WORKFLOW@RUN` is as long as Temporal allows an ID to be, and a bit. */
const LONGEST_WAITER = 1100;
/** So many waiters are watched at once. */
const WATCHED = 50;

/**
 * Runs a stage's body as long as at least one run waits for it; when the last one has left, or is gone without a word, the
 * stage cancels itself.
 */
export async function whileWaitedFor<T>(
  {request, waiter: first}: StageInput,
  body: () => Promise<T>,
): Promise<T> {
  const {abandonStage, waitersGone} = activities(request.project);
  const {workflowId, runId} = workflowInfo();
  // By workflow: a run that was reset waits once, as the execution that asked last.
  const waiters = new Map([[workflowOf(first), first]]);
  setHandler(defineSignal<[string]>(JOIN), (waiter: unknown) => {
    if (isWaiter(waiter)) waiters.set(workflowOf(waiter), waiter);
  });
  setHandler(defineSignal<[string]>(LEAVE), (waiter: unknown) => {
    if (isWaiter(waiter)) waiters.delete(workflowOf(waiter));
  });
  const watch = new CancellationScope();
  const abandoned = watch.run(async () => {
    dropTheGone().catch(() => undefined);
    await condition(() => waiters.size === 0);
    // Through an activity, since a workflow may not ask for its own cancellation; so it ends as cancelled, not as failed.
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

  async function dropTheGone(): Promise<void> {
    while (waiters.size > 0) {
      const watched = [...waiters.values()].slice(0, WATCHED);
      const gone = await waitersGone.executeWithOptions({summary: 'until a run that waits is gone'}, [
        {stage: workflowId, waiters: watched},
      ]);
      // One that has come back as another execution meanwhile is still there.
      for (const waiter of gone)
        if (waiters.get(workflowOf(waiter)) === waiter) waiters.delete(workflowOf(waiter));
    }
  }
}

function isWaiter(waiter: unknown): waiter is string {
  return typeof waiter === 'string' && waiter.length <= LONGEST_WAITER;
}

function workflowOf(waiter: string): string {
  const at = waiter.lastIndexOf('@');
  return at < 0 ? waiter : waiter.slice(0, at);
}
