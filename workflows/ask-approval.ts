import {approval} from './approval.ts';
import {ApplicationFailure} from '@temporalio/common';
import type {ApprovalInput, ApprovalResult} from '../schemas/approval.ts';
import {ErrorType} from '../schemas/errors.ts';
import {approvalWorkflowId, short} from '../schemas/names.ts';
import {endedByForce, ownChild} from './own-child.ts';

/**
 * Asks people about these digests, once a run: what they have decided about the same digests before the run was reset
 * counts. A run that is cancelled or terminated leaves no approval open.
 */
export async function askApproval(input: ApprovalInput): Promise<ApprovalResult> {
  const {project, runId, digests} = input;
  const workflowId = approvalWorkflowId(runId);
  try {
    return await ownChild(approval, {
      project,
      workflowId,
      input,
      summary: `Approval of release ${short(digests.release)} of ${project}`,
      ended: 'taken',
    });
  } catch (error) {
    if (!endedByForce(error)) throw error;
    throw ApplicationFailure.nonRetryable(
      `${workflowId} was terminated before anything was decided: start the run again`,
      ErrorType.Unavailable,
    );
  }
}
