import {RatchetError} from '../../schemas/errors.ts';
import {approvalWorkflowId} from '../../schemas/names.ts';
import {executionOf} from '../access/executions.ts';
import type {ActivityContext} from '../context.ts';

/** What the approval's activities need of a worker. */
export type ApprovalContext = Pick<ActivityContext, 'file' | 'folder' | 'stores' | 'client'>;

/**
 * Sees, by Temporal, that an approval is that of its run: started by the run's own lifecycle as its child, and nobody's by
 * hand. Gives when it began, ISO 8601. Throws NotPermitted where it is not.
 */
export async function ownApproval(
  {project, runId, run}: {readonly project: string; readonly runId: string; readonly run: string},
  context: Pick<ActivityContext, 'client'>,
): Promise<string> {
  const workflowId = approvalWorkflowId(runId);
  const found = await executionOf({workflowId, runId: run}, context);
  if (found === null) throw no(workflowId, `Temporal knows no ${workflowId} with the run ID ${run}`);
  if (found.type !== 'approval') throw no(workflowId, `it is of type ${found.type}, expected approval`);
  if (found.parent?.workflowId !== runId || !runId.startsWith(`lifecycle/${project}/`))
    throw no(workflowId, `it was started by ${found.parent?.workflowId ?? 'a client'}, expected ${runId}`);
  const parent = await executionOf({workflowId: runId}, context);
  if (parent?.type !== 'lifecycle')
    throw no(workflowId, `${runId} is of type ${parent?.type ?? 'none'}, expected lifecycle`);
  return found.began;
}

function no(workflowId: string, why: string): RatchetError {
  return new RatchetError('NotPermitted', `${workflowId} decides nothing: ${why}; start a run: ratchet run`);
}
