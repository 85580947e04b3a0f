import {defaultPayloadConverter} from '@temporalio/common';
import type {Client} from '@temporalio/client';
import {ApprovalInput} from '../../schemas/approval.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {short} from '../../schemas/names.ts';

/** An approval workflow that waits, with what it was started with and the run ID that a decision must name. */
export interface WaitingApproval {
  readonly workflowId: string;
  readonly runId: string;
  readonly input: ApprovalInput;
}

/**
 * The approval that waits for a decision about this release. What it asks about is read from its history, not from
 * anything beside it. Throws InvalidInput if none waits, or several do.
 */
export async function waitingApproval(
  client: Client,
  project: string,
  release: string,
  run?: string,
): Promise<WaitingApproval> {
  const query = `WorkflowType = 'approval' AND ExecutionStatus = 'Running' AND RatchetProject = '${project}'`;
  const waiting: WaitingApproval[] = [];
  for await (const {workflowId, runId} of client.workflow.list({query})) {
    const input = await startedWith(client, workflowId, runId);
    if (input.digests.release === release && (run === undefined || input.runId.endsWith(run)))
      waiting.push({workflowId, runId, input});
  }
  if (waiting.length === 1) return waiting[0]!;
  throw new RatchetError(
    'InvalidInput',
    waiting.length === 0
      ? `no approval of release ${short(release)} waits: it was decided, it expired, or its gates did not pass; see \`ratchet runs ${project}\``
      : `${waiting.length} approvals of release ${short(release)} wait (${waiting.map((one) => one.workflowId).join(', ')}): say which with --run`,
  );
}

async function startedWith(client: Client, workflowId: string, runId: string): Promise<ApprovalInput> {
  const {history} = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: {workflowId, runId},
    maximumPageSize: 1,
  });
  const payload = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  return ApprovalInput.parse(payload ? defaultPayloadConverter.fromPayload(payload) : undefined);
}
