import {WorkflowExecutionAlreadyStartedError} from '@temporalio/client';
import {sha256Hex} from '../core/identity/digest.ts';
import {brokenGlassNotice} from '../core/notify/broken-glass.ts';
import type {AuditEntry} from '../schemas/audit.ts';
import type {Deployment} from '../schemas/deployment.ts';
import {RatchetError} from '../schemas/errors.ts';
import {notifyWorkflowId, taskQueue} from '../schemas/names.ts';
import type {NotifyInput} from '../schemas/notify.ts';
import {moveOf} from '../stores/audit/move-entry.ts';
import type {Stores} from '../stores/stores.ts';
import type {Project} from '../stack/project-file.ts';
import {withTemporal} from './temporal.ts';

/** An emergency waits for no server. */
const ANSWER_MS = 10_000;

/**
 * Has everybody told, now, whom the project's `notify` names for it: by the workflows that the monitor's next look would start,
 * under the same names, so that nobody is told twice. One line where they could not be started; null where they were, or
 * nobody is to be told.
 */
export async function tellOfBrokenGlass(
  project: Project,
  stores: Stores,
  {deployment, reason}: {readonly deployment: Deployment; readonly reason: string},
): Promise<string | null> {
  const {project: name, notify} = project.config;
  const receivers = notify.filter(({events}) => events.includes('break_glass'));
  if (receivers.length === 0) return null;
  const entry = await entryOf(stores, deployment);
  if (entry === null) return null;
  const {by, stable} = deployment;
  const notice = brokenGlassNotice({project: name, entry: entry.seq, at: entry.at, by, reason, stable});
  try {
    await withTemporal(project, async (client) => {
      for (const {url} of receivers) {
        const args: [NotifyInput] = [{notice, url}];
        const workflowId = notifyWorkflowId(notice.id, sha256Hex(url));
        const to = {workflowId, taskQueue: taskQueue(name, 'workflow'), args};
        await client
          .withDeadline(Date.now() + ANSWER_MS, () =>
            client.workflow.start('notify', {...to, workflowIdReusePolicy: 'REJECT_DUPLICATE'}),
          )
          .catch((error: unknown) => {
            if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
          });
      }
    });
    return null;
  } catch (error) {
    const why = error instanceof RatchetError ? error.message : 'Temporal does not answer';
    return `nobody could be notified (${why}): the monitor does it at its next look; call somebody`;
  }
}

/** The entry of a move, which was just appended. */
async function entryOf(stores: Stores, {project, seq}: Deployment): Promise<AuditEntry | null> {
  const chain = stores.audit(project);
  for (let at = await chain.last(); at !== null; at = await chain.entry(at.seq - 1))
    if (moveOf(at)?.seq === seq) return at;
  return null;
}
