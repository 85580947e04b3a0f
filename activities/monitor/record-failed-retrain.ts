import {z} from 'zod';
import {RetrainInput} from '../../schemas/retrain.ts';
import type {ActivityContext} from '../context.ts';
import {activity} from '../activity.ts';

const FailedInput = RetrainInput.extend({
  /** The run that it was to be. */
  run: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  /** One line: why it failed. */
  note: z.string(),
});

/**
 * Enters a retrain that failed before its run was recorded, so that it is seen among the runs and counts for the circuit.
 * A run that has a record keeps it.
 */
export const recordFailedRetrain = activity(
  'cpu',
  FailedInput,
  async ({starterKey: _, run, ...failed}, {stores}: Pick<ActivityContext, 'stores'>): Promise<void> => {
    await stores.registry.startRun({...failed, v: 1, id: run, status: 'failed', stages: {}, links: {}});
  },
);
