import {ApplicationFailure, proxyActivities, upsertSearchAttributes} from '@temporalio/workflow';
import type {Called} from '../activities/called.ts';
import type * as monitorActivities from '../activities/monitor/activities.ts';
import {ErrorType, NON_RETRYABLE} from '../schemas/errors.ts';
import {taskQueue} from '../schemas/names.ts';
import type {RetrainInput, RetrainStarted} from '../schemas/retrain.ts';
import {HEARTBEAT} from './heartbeat.ts';
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
    const {openCircuit} = proxyActivities<Called<typeof monitorActivities>>({
      taskQueue: taskQueue(project, 'cpu'),
      startToCloseTimeout: '5 min',
      heartbeatTimeout: HEARTBEAT,
      retry: {maximumInterval: '1 min', nonRetryableErrorTypes: [...NON_RETRYABLE]},
    });
    const open = await openCircuit.executeWithOptions({summary: 'whether the circuit is open'}, [{project}]);
    if (open !== null)
      throw ApplicationFailure.nonRetryable(
        `${open}: ratchet monitor reset, then ratchet schedule resume`,
        ErrorType.NotPermitted,
      );
  }
  return startOrJoinRetrain(input);
}
