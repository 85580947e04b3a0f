import {WorkflowUpdateFailedError, type Client} from '@temporalio/client';
import {RatchetError} from '../../schemas/errors.ts';
import {type ABORT, type PROMOTE, type PersonActs} from '../../schemas/messages.ts';

const ANSWER_MS = 60_000;

/** Says to a rollout that it goes on (`promote`) or ends (`abort`). Throws NotPermitted where it refuses. */
export async function sendAct(
  client: Client,
  rollout: string,
  act: typeof PROMOTE | typeof ABORT,
  said: PersonActs,
): Promise<void> {
  try {
    await client.withDeadline(Date.now() + ANSWER_MS, () =>
      client.workflow.getHandle(rollout).executeUpdate<unknown, [PersonActs]>(act, {args: [said]}),
    );
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    throw new RatchetError('NotPermitted', `refused: ${error.cause?.message ?? error.message}`, {
      cause: error,
    });
  }
}
