import {WorkflowUpdateFailedError, type Client} from '@temporalio/client';
import {signDecision} from '../core/approval/signature.ts';
import type {DecisionPayload} from '../schemas/approval.ts';
import {RatchetError} from '../schemas/errors.ts';
import {DECIDE, type DecideArgument, type DecideReply} from '../schemas/messages.ts';
import type {Signer} from './signer.ts';
import type {WaitingApproval} from './waiting-approvals.ts';

/** A signature is worth nothing after this: long enough to be sent, short enough not to lie around. */
const SIGNATURE_MS = 60 * 60 * 1000;
/** The approval checks the signature in an activity, and answers then. */
const ANSWER_MS = 90_000;

/** Signs a decision about what an approval asks, and sends it. Throws DecisionRefused with the approval's reason. */
export async function sendDecision(
  client: Client,
  {workflowId, runId, input}: WaitingApproval,
  {action, key, comment}: {action: DecisionPayload['action']; key: Signer; comment: string},
): Promise<DecideReply> {
  const payload: DecisionPayload = {
    v: 1,
    project: input.project,
    action,
    digests: input.digests,
    run: runId,
    key: key.id,
    comment,
    expiry: new Date(Date.now() + SIGNATURE_MS).toISOString(),
  };
  const handle = client.workflow.getHandle(workflowId, runId);
  try {
    return await client.withDeadline(Date.now() + ANSWER_MS, () =>
      handle.executeUpdate<DecideReply, [DecideArgument]>(DECIDE, {
        args: [signDecision(payload, key.privateKey)],
      }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    throw new RatchetError('DecisionRefused', `refused: ${error.cause?.message ?? error.message}`, {
      cause: error,
    });
  }
}
