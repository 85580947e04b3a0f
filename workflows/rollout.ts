import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  defineQuery,
  isCancellation,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type {RolloutInput, RolloutResult} from '../schemas/deployment.ts';
import {ErrorType} from '../schemas/errors.ts';
import {PROGRESS} from '../schemas/messages.ts';
import type {Progress} from '../schemas/messages.ts';
import {endWithRun} from './end-with-run.ts';
import {takeActs} from './person-acts.ts';
import {Climb} from './rollout/climb.ts';
import {rootMessage} from './root-message.ts';
import {ratchetAttributes} from './search-attributes.ts';

/** Gives a candidate traffic step by step, and makes it stable, or takes everything back. Every end is a result. */
export async function rollout(input: RolloutInput): Promise<RolloutResult> {
  const {project, release} = input;
  const climb = new Climb(input);
  // 1. Handlers first.
  setHandler(defineQuery<Progress>(PROGRESS), () => climb.progress);
  listen(climb);
  endWithRun(project);
  upsertSearchAttributes(ratchetAttributes({project, stage: 'rollout', release}));
  climb.show();

  // 2. The way back is there before the first step forward: whatever ends this but a promotion leaves weight 0.
  let result: RolloutResult;
  try {
    result = await climb.climb();
  } catch (error) {
    result = await wayBack(climb, error);
  }
  climb.open = false;
  await climb.recordLate();
  climb.show();
  // Cancelled too late it has its result all the same.
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  return result;
}

/** People go on with it, or end it. */
function listen(climb: Climb): void {
  const {input, activities, acts} = climb;
  const {workflowId: rollout, runId: run} = workflowInfo();
  takeActs({
    refusal: (act) => {
      if (!climb.open) return 'the rollout has ended';
      if (act === 'promote' && climb.asks === null) return 'the rollout does not wait for anybody';
      return acts.length > 0 ? `somebody has just said ${acts[0]!.act}` : null;
    },
    next: () => climb.nextAct,
    prove: (act, next, said) => {
      const {project, release} = input;
      const about = {rollout, run, release, ...next};
      return activities.proveAct.executeWithOptions({summary: `whether ${said.by} may ${act}`}, [
        {project, act, target: climb.targetOf(act), about, said: {...said}},
      ]);
    },
    take: (act) => acts.push({...act, target: climb.targetOf(act.act)}),
  });
}

/** Takes everything back, and gives the result: a cancelled rollout has none, unless it was promoted all the same. */
async function wayBack(climb: Climb, error: unknown): Promise<RolloutResult> {
  climb.open = false;
  // An attempt that fails while it is cancelled fails with its own error.
  const cancelled = isCancellation(error) || CancellationScope.current().consideredCancelled;
  const reason = cancelled ? 'the rollout was cancelled' : rootMessage(error);
  const promoted = await CancellationScope.nonCancellable(() => climb.backToStable(reason));
  await climb.recordLate();
  if (promoted !== null) return promoted;
  if (cancelled) throw isCancellation(error) ? error : new CancelledFailure(reason, [], error as Error);
  if (!(error instanceof ActivityFailure)) throw error;
  return climb.ended(isType(error, ErrorType.NotPermitted) ? 'refused' : 'fell_back', reason);
}

function isType(error: Error, type: ErrorType): boolean {
  return error.cause instanceof ApplicationFailure && error.cause.type === type;
}
