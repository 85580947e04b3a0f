import {WorkflowExecutionAlreadyStartedError} from '@temporalio/common';
import {ParentClosePolicy, startChild, WorkflowIdReusePolicy, workflowInfo} from '@temporalio/workflow';
import {retrainWorkflowId} from '../schemas/names.ts';
import type {RetrainInput, RetrainStarted} from '../schemas/retrain.ts';
import {retrain} from './retrain.ts';

/**
 * Starts `retrain/PROJECT`, of which there is one at a time, whoever asks: drift, a schedule, new data, a hand. It outlives
 * the one that started it (ABANDON); one that runs already is not an error.
 */
export async function startOrJoinRetrain(input: RetrainInput): Promise<RetrainStarted> {
  const workflowId = retrainWorkflowId(input.project);
  try {
    await startChild(retrain, {
      workflowId,
      args: [input],
      taskQueue: workflowInfo().taskQueue,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      staticSummary: `Retrain of ${input.project}, because of ${input.reason.replace('_', ' ')}`,
    });
    return {status: 'started', workflowId};
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return {status: 'already_running', workflowId};
  }
}
