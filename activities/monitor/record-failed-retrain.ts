import {z} from 'zod';
import {RetrainInput} from '../../schemas/retrain.ts';
import type {ActivityContext} from '../context.ts';
import {parse} from '../parse.ts';

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
export async function recordFailedRetrain(
  input: z.infer<typeof FailedInput>,
  {stores}: Pick<ActivityContext, 'stores'>,
): Promise<void> {
  const {starterKey: _, run, ...failed} = parse(FailedInput, input, 'recordFailedRetrain');
  await stores.registry.startRun({...failed, v: 1, id: run, status: 'failed', stages: {}, links: {}});
}
