import * as access from '../activities/access/activities.ts';
import * as approval from '../activities/approval/decide.ts';
import type {ActivityContext} from '../activities/context.ts';
import * as cost from '../activities/cost/activities.ts';
import * as curate from '../activities/curate/activities.ts';
import * as gauntlet from '../activities/gauntlet/activities.ts';
import * as lifecycle from '../activities/lifecycle/activities.ts';
import * as monitor from '../activities/monitor/activities.ts';
import * as notify from '../activities/notify/activities.ts';
import * as rollout from '../activities/rollout/activities.ts';
import * as stage from '../activities/stage/activities.ts';
import {awaitChild, withdrawOthers} from '../activities/stage/own-child.ts';
import {abandonStage, awaitStage, waitersGone} from '../activities/stage/waiting.ts';
import * as sweep from '../activities/sweep/activities.ts';
import * as train from '../activities/train/activities.ts';
import type {Meter} from './meter.ts';
import {bound} from './run-activity.ts';

/** Everything but training and waiting. */
export function cpuActivities(context: ActivityContext, meter: Meter) {
  const {trainAdapter: _whole, trainRung: _rung, ...besideTraining} = train;
  const of = (stage: string) => ({stage, meter});
  return {
    ...bound({...stage, abandonStage}, context, of('lifecycle')),
    ...bound(cost, context, of('lifecycle')),
    ...bound(lifecycle, context, of('lifecycle')),
    ...bound(curate, context, of('curate')),
    ...bound(besideTraining, context, of('train')),
    ...bound(sweep, context, of('sweep')),
    ...bound(gauntlet, context, of('gauntlet')),
    ...bound(access, context, of('lifecycle')),
    ...bound(approval, context, of('approval')),
    ...bound(rollout, context, of('rollout')),
    ...bound(monitor, context, of('monitor')),
    ...bound(notify, context, of('lifecycle')),
  };
}

/** What takes no core, and may take days: it is on nobody's account. */
export function waitActivities(context: ActivityContext) {
  return bound({awaitStage, waitersGone, awaitChild, withdrawOthers}, context);
}
