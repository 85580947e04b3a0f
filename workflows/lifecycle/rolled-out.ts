import {ParentClosePolicy, startChild} from '@temporalio/workflow';
import {WorkflowExecutionAlreadyStartedError} from '@temporalio/common';
import type {ApprovalResult} from '../../schemas/approval.ts';
import type {LifecycleResult} from '../../schemas/lifecycle.ts';
import {monitorWorkflowId, rolloutWorkflowId} from '../../schemas/names.ts';
import {monitor} from '../monitor.ts';
import {rollOut} from '../roll-out.ts';
import {ends, type Judgement} from './judged.ts';
import type {Run} from './run.ts';

/** 6. Traffic, step by step, against the concurrent stable. */
export async function rolledOut(
  run: Run,
  judgement: Judgement,
  approval: ApprovalResult,
): Promise<LifecycleResult> {
  const {
    board,
    input: {project, startedBy},
  } = run;
  const {release, stable, gauntlet, first} = judgement;
  run.tag({stage: 'rollout'});
  const rollout = await board.during(
    'rollout',
    () => {
      board.set('rollout', {childWorkflowId: rolloutWorkflowId(run.id)});
      return rollOut({
        project,
        runId: run.id,
        release,
        stable,
        steps: run.plan.rollout,
        startedBy,
        proof: {gauntlet, approval},
      });
    },
    (r) => ({status: 'done', note: `${r.status}. ${r.reason}`}),
  );
  await run.record('the rollout', {rollout, stages: board.record('rollout')});
  const {status, reason} = rollout;
  const {end} = ends(run, judgement, {
    status: status === 'promoted' || status === 'superseded' ? status : 'fell_back',
    reason,
    approval,
    rollout,
  });
  if (status === 'promoted') {
    await run.store.keepOutcome.executeWithOptions({summary: 'keep what became of the release'}, [
      {project, outcome: {v: 1, release, run: run.id, first, gauntlet, approval, rollout}},
    ]);
    await watch(project);
  }
  return end;
}

/** From the first promotion on, a monitor looks at what answers. It outlives the run; there is one a project. */
async function watch(project: string): Promise<void> {
  try {
    await startChild(monitor, {
      workflowId: monitorWorkflowId(project),
      args: [{project}],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Drift of ${project}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
