import type {ActivityContext} from '../activities/context.ts';
import {
  findFormer,
  keepOutcome,
  makeRelease,
  openRun,
  recordRun,
} from '../activities/lifecycle/activities.ts';
import {abandonStage, awaitStage, keepStage, resolveStage} from '../activities/stage/activities.ts';
import {checkParity, renderTrainingSet, trainAdapter} from '../activities/train/activities.ts';
import {
  curateShard,
  embedDataset,
  joinShards,
  planCuration,
  shardCount,
} from '../activities/curate/activities.ts';
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
    planCuration: asActivity(planCuration, context),
    shardCount: asActivity(shardCount, context),
    curateShard: asActivity(curateShard, context),
    joinShards: asActivity(joinShards, context),
    embedDataset: asActivity(embedDataset, context),
    renderTrainingSet: asActivity(renderTrainingSet, context),
    checkParity: asActivity(checkParity, context),
  };
}
