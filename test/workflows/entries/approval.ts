import {ParentClosePolicy, startChild} from '@temporalio/workflow';
import type {ApprovalInput, ApprovalResult} from '../../../schemas/approval.ts';
import {approvalWorkflowId} from '../../../schemas/names.ts';

export {approval} from '../../../workflows/approval.ts';

/** Stands for the lifecycle: asks at once, as its run would behind the gauntlet; the approval may have another queue. */
export async function lifecycle(input: ApprovalInput, taskQueue?: string): Promise<void> {
  await startChild<(input: ApprovalInput) => Promise<ApprovalResult>>('approval', {
    workflowId: approvalWorkflowId(input.runId),
    ...(taskQueue === undefined ? {args: [input]} : {args: [input], taskQueue}),
    parentClosePolicy: ParentClosePolicy.ABANDON,
  });
}
