import type {ActivityContext} from '../activities/context.ts';
import {
  findFormer,
  keepOutcome,
  makeRelease,
  openRun,
  recordRun,
} from '../activities/lifecycle/activities.ts';
import {abandonStage, awaitStage, keepStage, resolveStage} from '../activities/stage/activities.ts';
import {trainAdapter} from '../activities/train/train-adapter.ts';
import {asActivity} from './run-activity.ts';

/** What a gpu worker does: nothing but training, one at a time. */
export function gpuActivities(context: ActivityContext) {
  return {trainAdapter: asActivity(trainAdapter, context)};
}

/** Everything else. */
export function cpuActivities(context: ActivityContext) {
  return {
    resolveStage: asActivity(resolveStage, context),
    awaitStage: asActivity(awaitStage, context),
    abandonStage: asActivity(abandonStage, context),
    keepStage: asActivity(keepStage, context),
    openRun: asActivity(openRun, context),
    recordRun: asActivity(recordRun, context),
    makeRelease: asActivity(makeRelease, context),
    findFormer: asActivity(findFormer, context),
    keepOutcome: asActivity(keepOutcome, context),
  };
}
