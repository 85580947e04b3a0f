import {
  ApplicationFailure,
  condition,
  defineQuery,
  defineSignal,
  isCancellation,
  setHandler,
} from '@temporalio/workflow';
import {PROGRESS} from '../../../schemas/messages.ts';
import type {LifecycleProgress} from '../../../schemas/messages.ts';
import type {LifecycleResult} from '../../../schemas/lifecycle.ts';
import type {LifecycleInput} from '../../../schemas/stage.ts';

/** Ends the run as the test says: with a result, or with a failure's message. */
export const end = defineSignal<[{readonly result?: LifecycleResult; readonly failure?: string}]>('end');

/** Behaves outwardly like the lifecycle: answers its query, and ends when it is told to. */
export async function lifecycle(_input: LifecycleInput): Promise<LifecycleResult> {
  let told: {readonly result?: LifecycleResult; readonly failure?: string} | undefined;
  const at = new Date(Date.now()).toISOString();
  let status: LifecycleProgress['status'] = 'running';
  setHandler(end, (how) => {
    told = how;
  });
  setHandler(defineQuery<LifecycleProgress>(PROGRESS), () => ({
    status,
    stages: [
      {stage: 'curate', status: 'cached', note: 'as before'},
      status === 'running'
        ? {
            stage: 'train',
            status: 'running',
            startedAt: at,
            progress: {stage: 'train', done: 3, total: 8, unit: 'steps', note: 'loss 0.4'},
          }
        : {stage: 'train', status: status === 'done' ? 'done' : 'failed', startedAt: at, endedAt: at},
    ],
  }));
  try {
    await condition(() => told !== undefined);
  } catch (error) {
    if (isCancellation(error)) status = 'cancelled';
    throw error;
  }
  status = told!.failure === undefined ? 'done' : 'failed';
  if (told!.failure !== undefined) throw ApplicationFailure.nonRetryable(told!.failure, 'EmptySource');
  return told!.result!;
}
