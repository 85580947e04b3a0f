import type {Client} from '@temporalio/client';
import {waitingApprovals, type WaitingApproval} from '../client/waiting-approvals.ts';
import {RatchetError} from '../schemas/errors.ts';
import {short} from '../schemas/names.ts';

/**
 * The approval that waits for a decision about this release, or about any (null); `run` (its ID or the end of it) where several do. What it
 * asks about is read from its history, not from anything beside it. Throws InvalidInput if none waits, or several do.
 */
export async function waitingApproval(
  client: Client,
  project: string,
  release: string | null,
  run?: string,
): Promise<WaitingApproval> {
  const waiting = (await waitingApprovals(client, project)).filter(
    ({input}) =>
      (release === null || input.digests.release === release) &&
      (run === undefined || input.runId.endsWith(run)),
  );
  if (waiting.length === 1) return waiting[0]!;
  const about = release === null ? `of ${project}` : `of release ${short(release)}`;
  throw new RatchetError(
    'InvalidInput',
    waiting.length === 0
      ? `no approval ${about} waits: it was decided, it expired, or its gates did not pass; see \`ratchet runs ${project}\``
      : `${waiting.length} approvals ${about} wait (${waiting.map(({input}) => input.runId).join(', ')}): say which with --run`,
  );
}
