import type {Client} from '@temporalio/client';
import {ApprovalInput} from '../schemas/approval.ts';
import {runningWorkflows} from './running-workflows.ts';

/** An approval workflow that waits, with what it asks about and the run ID that a decision must name. */
export interface WaitingApproval {
  readonly workflowId: string;
  readonly runId: string;
  readonly input: ApprovalInput;
}

/** The approvals of a project that wait. What they ask about is read from their histories, not from anything beside them. */
export async function waitingApprovals(client: Client, project: string): Promise<WaitingApproval[]> {
  const running = await runningWorkflows(client, project, 'approval');
  return running.map((one) => ({...one, input: ApprovalInput.parse(one.input)}));
}
