import {isGrpcServiceError, QueryNotRegisteredError, type Client} from '@temporalio/client';
import {RatchetError} from '../schemas/errors.ts';
import {STANDING, type ApprovalStanding, type StandingArgument} from '../schemas/messages.ts';
import {short} from '../schemas/names.ts';
import type {WaitingApproval} from './waiting-approvals.ts';

/** A worker has to answer: not longer than this, so that a dead one holds nothing up. */
const ANSWER_MS = 5_000;
/** gRPC's codes where no worker answered in time (1 by this side's deadline, 4 by Temporal's), or none has asked for work of late (9). */
const NOBODY_ANSWERS = [1, 4, 9];

/** Where an approval stands, as its own workflow says. Throws Unavailable where no worker answers for it. */
export async function approvalStanding(
  client: Client,
  {workflowId, runId, input}: WaitingApproval,
  known: StandingArgument = {},
): Promise<ApprovalStanding> {
  const handle = client.workflow.getHandle(workflowId, runId);
  try {
    return await client.withDeadline(Date.now() + ANSWER_MS, () =>
      handle.query<ApprovalStanding, [StandingArgument]>(STANDING, {at: Date.now(), ...known}),
    );
  } catch (error) {
    const reason = whyNot(error);
    if (reason === null) throw error;
    const {release} = input.digests;
    throw new RatchetError(
      'Unavailable',
      `the approval of release ${short(release)} does not say whom it waits for: ${reason}`,
      {cause: error},
    );
  }
}

function whyNot(error: unknown): string | null {
  if (error instanceof QueryNotRegisteredError) return 'its worker is of an earlier version of Ratchet';
  const cause = error instanceof Error && !isGrpcServiceError(error) ? error.cause : error;
  return isGrpcServiceError(cause) && NOBODY_ANSWERS.includes(cause.code)
    ? 'no workflow worker answers; `ratchet up` starts one'
    : null;
}
