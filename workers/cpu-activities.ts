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
import * as ownChild from '../activities/stage/own-child.ts';
import * as waiting from '../activities/stage/waiting.ts';
import * as sweep from '../activities/sweep/activities.ts';
import * as train from '../activities/train/activities.ts';
import type {Meter} from './meter.ts';
import {registered} from './run-activity.ts';

/** Everything but training and waiting; on whose account each is where its input names no stage. */
export function cpuActivities(context: ActivityContext, meter: Meter) {
  const accounts = {
    lifecycle: [stage, waiting, cost, lifecycle, access, notify],
    curate,
    train,
    sweep,
    gauntlet,
    approval,
    rollout,
    monitor,
  };
  return Object.fromEntries(
    Object.entries(accounts).flatMap(([account, modules]) =>
      [modules].flat().flatMap((module) => registered(module, 'cpu', context, {stage: account, meter})),
    ),
  );
}

/** What takes no core, and may take days: it is on nobody's account. */
export function waitActivities(context: ActivityContext) {
  return Object.fromEntries([waiting, ownChild].flatMap((module) => registered(module, 'wait', context)));
}
