import {WorkflowUpdateFailedError, type Client} from '@temporalio/client';
import {RatchetError} from '../schemas/errors.ts';
import {ABORT, PROGRESS, type PROMOTE, type PersonActs, type Progress} from '../schemas/messages.ts';
import type {Actor} from '../stores/access/actor.ts';
import {signedAct} from '../stores/access/sign-act.ts';

/** The rollout looks at the signature in an activity, and answers then. */
const ANSWER_MS = 90_000;

/** A rollout that goes on, and what a signature has to be about. */
export interface RunningRollout {
  readonly workflowId: string;
  /** Temporal's run ID. */
  readonly runId: string;
  readonly project: string;
  readonly release: string;
}

/** A rollout may go on while its end is signed; so often it is signed for the step that it reached. */
const ABORT_ATTEMPTS = 5;

/**
 * Says to a rollout that it goes on (`promote`) or ends (`abort`), signed where there is a key: for the step that it is at, as
 * the act that comes next. To go on is meant for that one step; to end it is signed again where it went on meanwhile. Throws
 * NotPermitted where it refuses.
 */
export async function sendAct(
  client: Client,
  rollout: RunningRollout,
  act: typeof PROMOTE | typeof ABORT,
  {by, comment}: {readonly by: Actor; readonly comment: string},
): Promise<void> {
  const {workflowId, runId, project, release} = rollout;
  const handle = client.workflow.getHandle(workflowId, runId);
  let next = await nextAct(client, rollout);
  for (let attempt = 1; ; attempt += 1) {
    const about = {rollout: workflowId, run: runId, release, ...next};
    const signed = signedAct(by.signing, {project, act, about, comment});
    const said: PersonActs = {by: by.name, comment, ...(signed === undefined ? {} : {signed})};
    try {
      await client.withDeadline(Date.now() + ANSWER_MS, () =>
        handle.executeUpdate<unknown, [PersonActs]>(act, {args: [said]}),
      );
      return;
    } catch (error) {
      if (!(error instanceof WorkflowUpdateFailedError)) throw error;
      const reached = act === ABORT && attempt < ABORT_ATTEMPTS ? await nextAct(client, rollout) : next;
      if (reached.step === next.step && reached.number === next.number)
        throw new RatchetError('NotPermitted', `refused: ${error.cause?.message ?? error.message}`, {
          cause: error,
        });
      next = reached;
    }
  }
}

/** Which act of the rollout comes next; nothing of one that an earlier version runs, whose acts name none. */
async function nextAct(
  client: Client,
  {workflowId, runId}: RunningRollout,
): Promise<{step?: string; number?: string}> {
  const {act} = await client.withDeadline(Date.now() + ANSWER_MS, () =>
    client.workflow.getHandle(workflowId, runId).query<Progress>(PROGRESS),
  );
  return act === undefined ? {} : {step: act.step, number: act.number};
}
