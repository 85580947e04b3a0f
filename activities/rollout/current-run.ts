import {isNobodys} from '../access/executions.ts';
import type {ActivityContext} from '../context.ts';

const ENDED = ['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'CONTINUED_AS_NEW', 'TIMED_OUT'];

/**
 * Temporal's run ID of the run that a rollout's workflow is in now: another one after a reset. Null where it has ended, or
 * Temporal knows it no more, or never could. Throws where Temporal does not say.
 */
export async function currentRun(
  workflowId: string,
  {client}: Pick<ActivityContext, 'client'>,
): Promise<string | null> {
  const temporal = await client();
  try {
    const {status, runId} = await temporal.workflow.getHandle(workflowId).describe();
    return ENDED.includes(status.name) ? null : runId;
  } catch (error) {
    if (isNobodys(error)) return null;
    throw error;
  }
}
