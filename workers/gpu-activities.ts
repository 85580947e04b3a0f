import type {ActivityContext} from '../activities/context.ts';
import {trainAdapter, trainRung} from '../activities/train/train-adapter.ts';
import type {Meter} from './meter.ts';
import {bound} from './run-activity.ts';

/** What a gpu worker does: nothing but training, one at a time. */
export function gpuActivities(context: ActivityContext, meter: Meter) {
  return bound({trainAdapter, trainRung}, context, {stage: 'train', meter});
}
