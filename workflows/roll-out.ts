import {CancellationScope} from '@temporalio/workflow';
import type {RolloutInput, RolloutResult} from '../schemas/deployment.ts';
import {rolloutWorkflowId, short} from '../schemas/names.ts';
import {lasting} from './activities.ts';
import {endedByForce, ownChild} from './own-child.ts';
import {rollout} from './rollout.ts';

/**
 * Gives a candidate traffic, once a run: a rollout that began before the run was reset goes on. One that is cancelled takes
 * the candidate's traffic away itself; for one that was terminated it is done here.
 */
export async function rollOut(input: RolloutInput): Promise<RolloutResult> {
  const {project, runId, release} = input;
  const workflowId = rolloutWorkflowId(runId);
  try {
    return await ownChild(rollout, {
      project,
      workflowId,
      input,
      summary: `Rollout of release ${short(release)} of ${project}`,
      ended: 'taken',
    });
  } catch (error) {
    if (!endedByForce(error)) throw error;
    return CancellationScope.nonCancellable(() => takeBack(input, workflowId));
  }
}

async function takeBack(input: RolloutInput, workflowId: string): Promise<RolloutResult> {
  const {project, runId, release} = input;
  // Small reads and writes. Retried for as long as the store is away: the candidate must not keep its share.
  const {endOrphanedRollout, findFormer} = lasting(project);
  const reason = `${workflowId} was terminated`;
  await endOrphanedRollout.executeWithOptions({summary: 'take away what the rollout left'}, [{project}]);
  const former = await findFormer.executeWithOptions({summary: 'whether it had promoted it before'}, [
    {project, release},
  ]);
  return former?.run === runId ? former.rollout : {status: 'fell_back', release, steps: [], reason};
}
