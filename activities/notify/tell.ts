import {WorkflowExecutionAlreadyStartedError} from '@temporalio/common';
import {sha256Hex} from '../../core/identity/digest.ts';
import {notifyWorkflowId, taskQueue} from '../../schemas/names.ts';
import type {Notice, NotifyInput} from '../../schemas/notify.ts';
import type {ActivityContext} from '../context.ts';
import {currentProject} from '../current-project.ts';

export type Telling = Pick<ActivityContext, 'file' | 'client'>;

/**
 * Sees that everybody whom the project's `notify` names for this event is told: one workflow a receiver, which goes on trying
 * by itself, so that a receiver that is away holds nothing up. The same notice again starts nothing. A ratchet.yaml that does
 * not hold tells nobody: what is told of must not fail by it.
 */
export async function tell(notice: Notice, context: Telling): Promise<void> {
  const {project, event} = notice;
  const config = await currentProject(context, project).catch(() => null);
  const receivers = (config?.notify ?? []).filter(({events}) => events.includes(event));
  if (receivers.length === 0) return;
  const client = await context.client();
  for (const {url} of receivers) {
    const input: NotifyInput = {notice, url};
    const started = client.workflow.start('notify', {
      workflowId: notifyWorkflowId(notice.id, sha256Hex(url)),
      taskQueue: taskQueue(project, 'workflow'),
      args: [input],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      staticSummary: `Tell of ${event} of ${project}`,
    });
    await started.catch((error: unknown) => {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    });
  }
}
