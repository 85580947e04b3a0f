import {ApplicationFailure, upsertSearchAttributes} from '@temporalio/workflow';
import {ErrorType} from '../schemas/errors.ts';
import type {RetrainInput, RetrainStarted} from '../schemas/retrain.ts';
import {on} from './activities.ts';
import {ratchetAttributes} from './search-attributes.ts';
import {startOrJoinRetrain} from './start-or-join.ts';

/**
 * What a Schedule starts, since it appends its time to the ID of whatever it starts: the retrain itself keeps its one ID.
 * Ends at once; the retrain goes on. A person who starts one has looked; a Schedule has not, so an open circuit holds it:
 * this workflow then fails, and the Schedule pauses itself. No cool-down: its times are what a person chose.
 */
export async function startRetrain(input: RetrainInput): Promise<RetrainStarted> {
  const {project, reason} = input;
  upsertSearchAttributes(ratchetAttributes({project, stage: 'retrain'}));
  if (reason === 'schedule') {
    // Reads a YAML, the runs and the audit chain: seconds. Retried for as long as the store is away.
    const {openCircuit} = on('cpu', project, {startToCloseTimeout: '5 min'});
    const open = await openCircuit.executeWithOptions({summary: 'whether the circuit is open'}, [{project}]);
    if (open !== null)
      throw ApplicationFailure.nonRetryable(
        `${open}: ratchet monitor reset, then ratchet schedule resume`,
        ErrorType.NotPermitted,
      );
  }
  return startOrJoinRetrain(input);
}
