import {z} from 'zod';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {followedChain} from '../../stores/audit/followed-chain.ts';
import {nameNow} from '../../stores/audit/run-starters.ts';
import {currentRules} from '../access/current-rules.ts';
import {activity} from '../activity.ts';
import {ownApproval, type ApprovalContext} from './own-approval.ts';

const OpenInput = z.strictObject({
  project: z.string(),
  /** The lifecycle that asks. */
  runId: z.string(),
  /** The approval's Temporal run ID. */
  run: z.string(),
});

/**
 * Checks that an approval belongs to its run, and reads who started that run from its start in the audit chain. An approval
 * started by hand passes neither check. Null where nobody signed: who started it is then what the run says. Throws NotPermitted.
 */
export const openApproval = activity(
  'cpu',
  OpenInput,
  async (
    {project, runId, run},
    context: ApprovalContext,
  ): Promise<{readonly startedBy: string; readonly starterKey: string} | null> => {
    await ownApproval({project, runId, run}, context);
    // What cannot be read now must not end an approval: the person then counts under the name they started it by.
    const people = (await unlessUnusable(currentRules(context, project)))?.people ?? [];
    const {approvals} = await followedChain(context.stores, project).read();
    const starter = approvals.recorded(runId).starters.at(-1);
    if (starter === undefined) return null;
    return {startedBy: nameNow(starter, people), starterKey: starter.key};
  },
);

async function unlessUnusable<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof RatchetError && error.type === ErrorType.InvalidInput) return null;
    throw error;
  }
}
