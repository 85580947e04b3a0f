import * as access from '../activities/access/activities.ts';
import * as approval from '../activities/approval/decide.ts';
import type {ActivityContext} from '../activities/context.ts';
import * as curate from '../activities/curate/activities.ts';
import * as gauntlet from '../activities/gauntlet/activities.ts';
import * as lifecycle from '../activities/lifecycle/activities.ts';
import * as monitor from '../activities/monitor/activities.ts';
import * as notify from '../activities/notify/activities.ts';
import * as rollout from '../activities/rollout/activities.ts';
import * as stage from '../activities/stage/activities.ts';
import * as train from '../activities/train/activities.ts';
import {bound} from './run-activity.ts';

/** Everything but training and waiting. */
export function cpuActivities(context: ActivityContext) {
  const {trainAdapter: _gpu, ...besideTraining} = train;
  const {awaitStage: _wait, ...ofStages} = stage;
  return {
    ...bound(ofStages, context),
    ...bound(lifecycle, context),
    ...bound(curate, context),
    ...bound(besideTraining, context),
    ...bound(gauntlet, context),
    ...bound(access, context),
    ...bound(approval, context),
    ...bound(rollout, context),
    ...bound(monitor, context),
    ...bound(notify, context),
  };
}

/** What takes no core, and may take days. */
export function waitActivities(context: ActivityContext) {
  return bound({awaitStage: stage.awaitStage}, context);
}
