import {
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  proxyActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type {RolloutInput, RolloutResult} from '../../../schemas/deployment.ts';
import {taskQueue} from '../../../schemas/names.ts';

export {adopt} from '../../../workflows/adopt.ts';
export {approval} from '../../../workflows/approval.ts';
export {lifecycle} from '../../../workflows/lifecycle.ts';

/** Stands for the rollout: ends as the signal `end` says, and takes the traffic away when it is cancelled. */
export async function rollout({project, release}: RolloutInput): Promise<RolloutResult> {
  const {tookBack} = proxyActivities<{tookBack: () => Promise<void>}>({
    taskQueue: taskQueue(project, 'cpu'),
    startToCloseTimeout: '1 min',
  });
  const ends: RolloutResult['status'][] = [];
  setHandler(defineSignal<[RolloutResult['status']]>('end'), (status) => void ends.push(status));
  try {
    await condition(() => ends.length > 0);
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => tookBack());
    throw error;
  }
  return {status: ends[0]!, release, steps: [], reason: 'as it was told'};
}

/** Stands for the monitor: has nothing to look at. */
export async function monitor(): Promise<void> {
  await sleep('30 d');
}
