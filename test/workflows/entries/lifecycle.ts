import {CancellationScope, isCancellation, proxyActivities, sleep} from '@temporalio/workflow';
import type {ApprovalInput, ApprovalResult} from '../../../schemas/approval.ts';
import type {RolloutInput, RolloutResult} from '../../../schemas/deployment.ts';
import {taskQueue} from '../../../schemas/names.ts';

export {adopt} from '../../../workflows/adopt.ts';
export {lifecycle} from '../../../workflows/lifecycle.ts';

/** Stands for the approval: everybody says yes. */
export async function approval({project, runId, digests}: ApprovalInput): Promise<ApprovalResult> {
  await Promise.resolve();
  return {v: 1, project, run: runId, digests, status: 'approved', decisions: [], comment: ''} as never;
}

/** Stands for the rollout: waits for a month, and takes the traffic away when it is cancelled. */
export async function rollout({project}: RolloutInput): Promise<RolloutResult> {
  const {tookBack} = proxyActivities<{tookBack: () => Promise<void>}>({
    taskQueue: taskQueue(project, 'cpu'),
    startToCloseTimeout: '1 min',
  });
  try {
    await sleep('30 d');
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => tookBack());
    throw error;
  }
  return {status: 'promoted', steps: [], reason: '', release: ''} as never;
}
