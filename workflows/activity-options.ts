import {ActivityCancellationType, proxyActivities} from '@temporalio/workflow';
import type {ActivityOptions} from '@temporalio/workflow';
import type {Activities} from '../activities/contract.ts';
import {NON_RETRYABLE} from '../schemas/errors.ts';
import {taskQueue} from '../schemas/names.ts';
import {HEARTBEAT} from './heartbeat.ts';

const nonRetryableErrorTypes = [...NON_RETRYABLE];

/** For what reads and writes small documents. Many attempts: a store that is away for a while is no reason to end a run. */
export function forDocuments(project: string): ActivityOptions {
  return {
    taskQueue: taskQueue(project, 'cpu'),
    startToCloseTimeout: '1 min',
    heartbeatTimeout: HEARTBEAT,
    retry: {maximumAttempts: 50, maximumInterval: '1 min', nonRetryableErrorTypes},
  };
}

/** For what goes through many rows or answers: minutes. */
export function forRows(project: string, maximumAttempts = 5): ActivityOptions {
  return {
    taskQueue: taskQueue(project, 'cpu'),
    startToCloseTimeout: '30 min',
    heartbeatTimeout: HEARTBEAT,
    retry: {maximumAttempts, nonRetryableErrorTypes},
  };
}

/**
 * What waits as long as a workflow of another execution takes; it beats meanwhile, so a dead worker costs the heartbeat
 * time-out. On a queue of its own: waiters in the cpu workers' slots would keep out the very work that they wait for.
 */
export function waiting(project: string) {
  return proxyActivities<Activities>({
    taskQueue: taskQueue(project, 'wait'),
    startToCloseTimeout: '30 d',
    heartbeatTimeout: HEARTBEAT,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: {maximumInterval: '1 min', nonRetryableErrorTypes},
  });
}

/**
 * For a training: hours or days. A dead worker costs the heartbeat time-out; the next attempt re-attaches to the running
 * trainer, or goes on from the last checkpoint. The activity itself counts attempts without a new checkpoint (NoProgress): a
 * pre-empted node is no failure. Cancelling waits until the trainer has really stopped.
 */
export function forTraining(project: string): ActivityOptions {
  return {
    taskQueue: taskQueue(project, 'gpu'),
    startToCloseTimeout: '7 d',
    heartbeatTimeout: HEARTBEAT,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: {initialInterval: '1 s', maximumInterval: '1 min', nonRetryableErrorTypes},
  };
}
