import {
  condition,
  defineQuery,
  defineUpdate,
  ParentClosePolicy,
  proxyActivities,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type {MonitorInput, MonitorLook} from '../../../schemas/drift.ts';
import type {LifecycleResult} from '../../../schemas/lifecycle.ts';
import {CHECK_NOW, PROGRESS} from '../../../schemas/messages.ts';
import type {LifecycleProgress} from '../../../schemas/messages.ts';
import {monitorWorkflowId, taskQueue} from '../../../schemas/names.ts';
import type {LifecycleInput} from '../../../schemas/stage.ts';
import {startOrJoinRetrain} from '../../../workflows/start-or-join.ts';

export {retrain} from '../../../workflows/retrain.ts';

export interface Endings {
  readonly ending: (run: {
    readonly reason: LifecycleInput['reason'];
    readonly run: string;
  }) => Promise<LifecycleResult>;
}

/** Behaves outwardly like the lifecycle, and ends as the test says. */
export async function lifecycle({project, reason}: LifecycleInput): Promise<LifecycleResult> {
  let status: LifecycleProgress['status'] = 'running';
  setHandler(defineQuery<LifecycleProgress>(PROGRESS), () => ({status, stages: []}));
  const {ending} = proxyActivities<Endings>({
    taskQueue: taskQueue(project, 'cpu'),
    startToCloseTimeout: '1 min',
    retry: {maximumAttempts: 1},
  });
  const result = await ending({reason, run: workflowInfo().workflowId});
  if (reason === 'first' && result.status === 'promoted')
    await startChild(monitor, {
      workflowId: monitorWorkflowId(project),
      args: [{project}],
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  status = 'done';
  return result;
}

/** Stands for the monitor: whenever it is asked, the windows differ. */
export async function monitor({project}: MonitorInput): Promise<void> {
  setHandler(defineUpdate<MonitorLook, []>(CHECK_NOW), async (): Promise<MonitorLook> => {
    await startOrJoinRetrain({project, reason: 'drift', startedBy: 'drift', starterKey: ''});
    const at = new Date(Date.now()).toISOString();
    return {at, check: null, note: 'input_length drifted', retrain: 'started'};
  });
  await condition(() => false);
}
