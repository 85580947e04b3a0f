import {WorkflowUpdateFailedError, type Client} from '@temporalio/client';
import {RatchetError} from '../../schemas/errors.ts';
import {type ABORT, type PROMOTE, type PersonActs} from '../../schemas/messages.ts';
import type {Actor} from './actor.ts';
import {signedAct} from './sign-act.ts';

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

/** Says to a rollout that it goes on (`promote`) or ends (`abort`), signed where there is a key. Throws NotPermitted where it refuses. */
export async function sendAct(
  client: Client,
  {workflowId, runId, project, release}: RunningRollout,
  act: typeof PROMOTE | typeof ABORT,
  {by, comment}: {readonly by: Actor; readonly comment: string},
): Promise<void> {
  const about = {rollout: workflowId, run: runId, release};
  const signed = signedAct(by.signing, {project, act, about, comment});
  const said: PersonActs = {by: by.name, comment, ...(signed === undefined ? {} : {signed})};
  try {
    await client.withDeadline(Date.now() + ANSWER_MS, () =>
      client.workflow.getHandle(workflowId, runId).executeUpdate<unknown, [PersonActs]>(act, {args: [said]}),
    );
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    throw new RatchetError('NotPermitted', `refused: ${error.cause?.message ?? error.message}`, {
      cause: error,
    });
  }
}
