import {
  CancellationScope,
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
  getExternalWorkflowHandle,
  isCancellation,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import {
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import {JOIN, LEAVE} from '../schemas/messages.ts';
import type {StageRequest} from '../schemas/stage.ts';
import {on, waiting} from './activities.ts';

/** Grouped by how long they run. */
function activities(project: string) {
  // Reads a key and a file: seconds. The store or a worker may be away for a while.
  const {resolveStage} = on('cpu', project, {startToCloseTimeout: '5 min', retry: {maximumAttempts: 20}});
  // As long as somebody else's stage takes.
  const {awaitStage} = waiting(project);
  return {resolveStage, awaitStage};
}

/** What a stage's workflow is started with. */
export interface StageInput {
  readonly request: StageRequest;
  readonly key: string;
  /** Who waits first, as `WORKFLOW@RUN`; others join by signal. */
  readonly waiter: string;
}

/** A stage's workflow. */
export type StageWorkflow<T> = (input: StageInput) => Promise<T>;

export interface Found<T> {
  readonly result: T;
  readonly cached: boolean;
  readonly key: string;
  readonly workflowId: string;
}

/** Another run may cancel or lose a stage while this one waits for it; so often it is started again before giving up. */
const STARTS = 5;

/**
 * The result of a stage: found by its key, or made once, however many runs want it at the same time.
 * `onStart` is told the workflow that does the work.
 */
export async function findOrRun<T>(
  workflow: StageWorkflow<T>,
  request: StageRequest,
  onStart: (workflowId: string) => void,
): Promise<Found<T>> {
  const {resolveStage, awaitStage} = activities(request.project);
  const waiter = `${workflowInfo().workflowId}@${workflowInfo().runId}`;
  for (let start = 0; start < STARTS; start++) {
    const {key, workflowId, hit} = await resolveStage.executeWithOptions(
      {summary: `look for a former ${request.stage} by its key`},
      [request],
    );
    if (hit !== null) return {result: hit as T, cached: true, key, workflowId};
    onStart(workflowId);
    try {
      const result = await startOrJoin(workflow, workflowId, {request, key, waiter}, awaitStage);
      return {result, cached: false, key, workflowId};
    } catch (error) {
      // The stage was cancelled, since at that moment nobody else waited, or ended by hand: but this run waits.
      if (!endedFromOutside(error) || CancellationScope.current().consideredCancelled) throw error;
    }
  }
  throw ApplicationFailure.nonRetryable(
    `${request.stage}: cancelled or terminated ${STARTS} times by others while this run waited: start the run again`,
    'Unavailable',
  );
}

/** A stage that was cancelled, terminated or out of time said nothing of its work. */
function endedFromOutside(error: unknown): boolean {
  if (isCancellation(error)) return true;
  if (!(error instanceof ChildWorkflowFailure)) return false;
  return error.cause instanceof TerminatedFailure || error.cause instanceof TimeoutFailure;
}

async function startOrJoin<T>(
  workflow: StageWorkflow<T>,
  workflowId: string,
  input: StageInput,
  awaitStage: ReturnType<typeof activities>['awaitStage'],
): Promise<T> {
  // 1. The child outlives this run (ABANDON): another run may be waiting for it.
  // 2. It is started in a scope that this run's cancellation does not reach: leaving is said by signal.
  const started = await CancellationScope.nonCancellable(async () => {
    try {
      return await startChild(workflow, {
        workflowId,
        args: [input],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        cancellationType: ChildWorkflowCancellationType.ABANDON,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        staticSummary: `${input.request.stage} of ${input.request.project}, key ${input.key.slice(0, 12)}`,
        priority: workflowInfo().priority,
      });
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
      throw error;
    }
  });
  try {
    if (started) {
      const result = CancellationScope.nonCancellable(() => started.result());
      return await Promise.race([result, CancellationScope.current().cancelRequested]);
    }
    await signal(workflowId, JOIN, input.waiter);
    const summary = `another run does it already: wait for its ${input.request.stage}`;
    const end = await awaitStage.executeWithOptions({summary}, [{workflowId}]);
    if (end.status === 'done') return end.result as T;
    if (end.status === 'failed') throw ApplicationFailure.nonRetryable(end.message, end.type);
    throw new CancelledFailure(`${workflowId} ended without a result`);
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) {
      await CancellationScope.nonCancellable(() => signal(workflowId, LEAVE, input.waiter));
      throw error instanceof CancelledFailure ? error : new CancelledFailure('the run was cancelled');
    }
    throw error;
  }
}

/** A stage that has ended meanwhile needs no signal. */
async function signal(workflowId: string, name: string, waiter: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowId).signal(name, waiter);
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
}
