import {ActivityCancellationType, proxyActivities} from '@temporalio/workflow';
import type {ActivityOptions} from '@temporalio/workflow';
import type {ActivityQueue, Called} from '../activities/activity.ts';
import type * as all from '../activities/all.ts';
import {NON_RETRYABLE} from '../schemas/errors.ts';
import {taskQueue} from '../schemas/names.ts';
import {HEARTBEAT} from './heartbeat.ts';

/**
 * The activities of one of the project's queues. Whoever calls names those that take equally long, and says how long that is.
 * Errors that no retry can change end an activity at once; otherwise it is tried again, at least once a minute.
 */
export function on<Queue extends ActivityQueue>(queue: Queue, project: string, options: ActivityOptions) {
  return proxyActivities<Called<typeof all, Queue>>({
    taskQueue: taskQueue(project, queue),
    heartbeatTimeout: HEARTBEAT,
    ...options,
    retry: {maximumInterval: '1 min', ...options.retry, nonRetryableErrorTypes: [...NON_RETRYABLE]},
  });
}

/** For what reads and writes small documents. Many attempts: a store that is away for a while is no reason to end a run. */
export function documents(project: string) {
  return on('cpu', project, {startToCloseTimeout: '1 min', retry: {maximumAttempts: 50}});
}

/** The same where nothing but its end may end it: half a rollout, or a decision, must not be left behind. */
export function lasting(project: string) {
  return on('cpu', project, {startToCloseTimeout: '1 min'});
}

/** For what goes through many rows or answers: minutes. */
export function rows(project: string, maximumAttempts = 5) {
  return on('cpu', project, {startToCloseTimeout: '30 min', retry: {maximumAttempts}});
}

/**
 * What waits as long as a workflow of another execution takes; it beats meanwhile, so a dead worker costs the heartbeat
 * time-out. On a queue of its own: waiters in the cpu workers' slots would keep out the very work that they wait for.
 */
export function waiting(project: string) {
  return on('wait', project, {
    startToCloseTimeout: '30 d',
    cancellationType: ActivityCancellationType.TRY_CANCEL,
  });
}

/**
 * For a training: hours or days. A dead worker costs the heartbeat time-out; the next attempt re-attaches to the running
 * trainer, or goes on from the last checkpoint. The activity itself counts attempts without a new checkpoint (NoProgress): a
 * pre-empted node is no failure. Cancelling waits until the trainer has really stopped.
 */
export function training(project: string) {
  return on('gpu', project, {
    startToCloseTimeout: '7 d',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: {initialInterval: '1 s'},
  });
}
