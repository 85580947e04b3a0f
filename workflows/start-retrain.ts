import {upsertSearchAttributes} from '@temporalio/workflow';
import type {RetrainInput, RetrainStarted} from '../schemas/retrain.ts';
import {ratchetAttributes} from './search-attributes.ts';
import {startOrJoinRetrain} from './start-or-join.ts';

/**
 * What a Schedule starts, since it appends its time to the ID of whatever it starts: the retrain itself keeps its one ID.
 * Ends at once; the retrain goes on.
 */
export async function startRetrain(input: RetrainInput): Promise<RetrainStarted> {
  upsertSearchAttributes(ratchetAttributes({project: input.project, stage: 'retrain'}));
  return startOrJoinRetrain(input);
}
