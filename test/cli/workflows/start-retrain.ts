import type {RetrainInput, RetrainStarted} from '../../../schemas/retrain.ts';

/** Starts nothing: that a schedule calls it is what counts here. */
export async function startRetrain({project}: RetrainInput): Promise<RetrainStarted> {
  return {status: 'already_running', workflowId: `retrain/${project}`};
}
