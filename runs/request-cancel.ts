import {WorkflowNotFoundError, type Client, type WorkflowExecutionStatusName} from '@temporalio/client';
import {RatchetError} from '../schemas/errors.ts';
import type {ProvedActor} from '../stores/access/proved-actor.ts';
import {proofOf} from '../stores/audit/act-proof.ts';
import type {Stores} from '../stores/stores.ts';

/** A trainer may save a checkpoint before it ends. */
const WITHIN_MS = 90_000;

export interface RunToCancel {
  readonly stores: Stores;
  readonly project: string;
  readonly by: ProvedActor;
  readonly run: string;
  readonly withinMs?: number | undefined;
}

/** Audits and asks for the cancellation and waits for the run's end. Returns its status; RUNNING if it takes longer. */
export async function requestCancel(
  client: Client,
  {stores, project, by, run, withinMs = WITHIN_MS}: RunToCancel,
): Promise<WorkflowExecutionStatusName> {
  // Who may cancel runs of one project may not cancel those of another.
  if (!run.startsWith(`lifecycle/${project}/`))
    throw new RatchetError('InvalidInput', `"${run}" is no run of ${project}: \`ratchet runs\` lists them`);
  const handle = client.workflow.getHandle(run);
  try {
    const before = (await handle.describe()).status.name;
    if (before !== 'RUNNING') return before;
    const data = {run, ...proofOf(by.sign({run}))};
    await stores.audit(project).append({kind: 'cancel', actor: by.name, data});
    await handle.cancel();
    const deadline = Date.now() + withinMs;
    for (;;) {
      const {status} = await handle.describe();
      if (status.name !== 'RUNNING' || Date.now() > deadline) return status.name;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new RatchetError('InvalidInput', `Temporal knows no run "${run}": \`ratchet runs\` lists them`, {
      cause: error,
    });
  }
}
