import {defineQuery, executeChild, setHandler} from '@temporalio/workflow';
import type {RolloutInput, RolloutResult} from '../../../schemas/deployment.ts';
import type {LifecycleResult} from '../../../schemas/lifecycle.ts';
import {PROGRESS} from '../../../schemas/messages.ts';
import type {LifecycleProgress} from '../../../schemas/messages.ts';
import {rolloutWorkflowId} from '../../../schemas/names.ts';

/** The last stage of a lifecycle alone: `result` with what the real rollout comes to. */
export async function lifecycle(input: RolloutInput, result: LifecycleResult): Promise<LifecycleResult> {
  const childWorkflowId = rolloutWorkflowId(input.runId);
  let ended = false;
  setHandler(defineQuery<LifecycleProgress>(PROGRESS), () => ({
    status: ended ? 'done' : 'running',
    stages: [{stage: 'rollout', status: ended ? 'done' : 'running', childWorkflowId}],
  }));
  const rollout = await executeChild<(input: RolloutInput) => Promise<RolloutResult>>('rollout', {
    workflowId: childWorkflowId,
    args: [input],
  });
  ended = true;
  return {...result, status: rollout.status === 'promoted' ? 'promoted' : 'fell_back', rollout};
}
