import {randomBytes} from 'node:crypto';
import type {Client} from '@temporalio/client';
import {RatchetError} from '../schemas/errors.ts';
import {signedAct} from '../stores/access/sign-act.ts';
import type {Actor} from '../stores/access/actor.ts';
import {retrainWorkflowId, taskQueue} from '../schemas/names.ts';
import type {RetrainInput, RetrainStarted} from '../schemas/retrain.ts';

/** The retrain reads settings and pointers before its run begins. */
const BEGINS_WITHIN_MS = 120_000;

/** Starts a project's retrain in a person's name, or tells that one is going on. */
export async function startRetrain(client: Client, project: string, by: Actor): Promise<RetrainStarted> {
  const workflowId = `start-${retrainWorkflowId(project)}/${randomBytes(4).toString('hex')}`;
  const signed = signedAct(by.signing, {project, act: 'retrain', about: {request: workflowId}});
  const input: RetrainInput = {
    project,
    reason: 'hand',
    startedBy: by.name,
    starterKey: by.key,
    ...(signed === undefined ? {} : {signed}),
  };
  return client.workflow.execute<(input: RetrainInput) => Promise<RetrainStarted>>('startRetrain', {
    workflowId,
    taskQueue: taskQueue(project, 'workflow'),
    args: [input],
    staticSummary: `Retrain of ${project} by hand`,
  });
}

/** The lifecycle run that a retrain has begun. Throws Unavailable if it has ended, or begun none in time. */
export async function lifecycleOf(client: Client, workflowId: string): Promise<string> {
  const deadline = Date.now() + BEGINS_WITHIN_MS;
  for (;;) {
    const {raw, status} = await client.workflow.getHandle(workflowId).describe();
    const child = raw.pendingChildren?.find((one) => one.workflowId?.startsWith('lifecycle/'));
    if (child?.workflowId) return child.workflowId;
    if (status.name !== 'RUNNING' || Date.now() > deadline)
      throw new RatchetError(
        'Unavailable',
        `${workflowId} has begun no run: see it in the Temporal UI, or \`ratchet runs\``,
      );
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
