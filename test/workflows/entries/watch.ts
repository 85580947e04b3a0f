import {ApplicationFailure, condition, defineSignal, setHandler} from '@temporalio/workflow';
import type {LifecycleResult} from '../../../schemas/lifecycle.ts';
import type {LifecycleInput} from '../../../schemas/stage.ts';

export {adopt} from '../../../workflows/adopt.ts';
export {monitor} from '../../../workflows/monitor.ts';
export {retrain} from '../../../workflows/retrain.ts';
export {startRetrain} from '../../../workflows/start-retrain.ts';

/** Stands for the lifecycle: ends as it is told by the signal `end`. */
export async function lifecycle(input: LifecycleInput): Promise<LifecycleResult> {
  const told: (LifecycleResult['status'] | 'throw')[] = [];
  setHandler(defineSignal<[LifecycleResult['status'] | 'throw']>('end'), (how) => {
    told.push(how);
  });
  await condition(() => told.length > 0);
  const status = told[0]!;
  if (status === 'throw') throw ApplicationFailure.nonRetryable('the disk is full', 'DiskFull');
  const ref = {uri: 'x', sha256: '0'.repeat(64), bytes: 0, mediaType: 'x'};
  const release = 'e'.repeat(64);
  return {
    status,
    run: '',
    reason: `it was told to; cut ${input.feedbackCut}, parent ${input.parentDataset?.slice(0, 4)}, ${input.reason}`,
    data: {
      dataset: 'd'.repeat(64),
      manifest: ref,
      rowsIn: 0,
      rowsKept: 0,
      drops: {},
      processed: 0,
      reused: 0,
    },
    release,
    parent: null,
    stable: 'a'.repeat(64),
    approval: null,
    rollout: null,
    cached: [],
    seconds: {},
    gauntlet: {
      release,
      stable: 'a'.repeat(64),
      verdict: status === 'refused' ? 'fail' : 'pass',
      report: ref,
      html: ref,
      markdown: ref,
      modelCard: ref,
    },
  };
}
