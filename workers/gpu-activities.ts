import type {ActivityContext} from '../activities/context.ts';
import * as training from '../activities/train/train-adapter.ts';
import type {Meter} from './meter.ts';
import {registered} from './run-activity.ts';

/** What a gpu worker does: nothing but training, one at a time. */
export function gpuActivities(context: ActivityContext, meter: Meter) {
  return Object.fromEntries(registered(training, 'gpu', context, {stage: 'train', meter}));
}
