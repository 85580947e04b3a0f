import type {Client, WorkflowExecutionStatusName} from '@temporalio/client';
import {projectIn} from '../stack/project-file.ts';
import {projectStores} from '../stack/project-stores.ts';
import {provedActor} from '../stores/access/proved-actor.ts';
import type {Signer} from '../client/signer.ts';
import {answered} from './answered.ts';
import {requestCancel} from './request-cancel.ts';

export interface CancelRunOptions {
  readonly client: Client;
  /** Who cancels it, as for `startRun`. */
  readonly key?: string | Signer | undefined;
  /** How long to wait for its end, in ms (90,000): a trainer saves a checkpoint first. */
  readonly withinMs?: number | undefined;
}

/**
 * Cancels a run of the project whose ratchet.yaml is in `folder`, as `ratchet cancel` does: audited, and signed where the project
 * names people. A stage that another run waits for continues. Returns the run's status: `CANCELLED`, how it had ended before, or
 * `RUNNING` where it takes longer. Throws NotPermitted for who may not, InvalidInput for a run that Temporal does not know, and
 * Unavailable where Temporal does not answer.
 */
export async function cancelRun(
  folder: string,
  run: string,
  {client, key, withinMs}: CancelRunOptions,
): Promise<WorkflowExecutionStatusName> {
  const project = projectIn(folder);
  const stores = await projectStores(project);
  const by = await provedActor(project, stores, {act: 'cancel', key});
  return answered(
    () => requestCancel(client, {stores, project: project.config.project, by, run, withinMs}),
    `${run} may still go on, so repeat the call`,
  );
}
