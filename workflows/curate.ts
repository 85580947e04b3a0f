import {proxyActivities, upsertSearchAttributes} from '@temporalio/workflow';
import {NON_RETRYABLE} from '../schemas/errors.ts';
import {taskQueue} from '../schemas/names.ts';
import type {Activities} from '../activities/contract.ts';
import type {CurateResult} from '../schemas/stage.ts';
import type {StageInput} from './find-or-run.ts';
import {showProgress} from './progress.ts';
import {ratchetAttributes} from './search-attributes.ts';
import {slide} from './slide.ts';
import {whileWaitedFor} from './while-waited-for.ts';

/** Grouped by how long they run. */
function activities(project: string) {
  // A shard of some hundred records, or one pass over all signatures: minutes.
  const {curateShard, joinShards, embedDataset, shardCount} = proxyActivities<Activities>({
    taskQueue: taskQueue(project, 'cpu'),
    startToCloseTimeout: '30 min',
    heartbeatTimeout: '15 s',
    retry: {maximumAttempts: 5, nonRetryableErrorTypes: [...NON_RETRYABLE]},
  });
  const {keepStage} = proxyActivities<Activities>({
    taskQueue: taskQueue(project, 'cpu'),
    startToCloseTimeout: '1 min',
    heartbeatTimeout: '15 s',
    retry: {maximumAttempts: 50, maximumInterval: '1 min', nonRetryableErrorTypes: [...NON_RETRYABLE]},
  });
  return {curateShard, joinShards, embedDataset, shardCount, keepStage};
}

/** How many shards are in work at once. */
const WINDOW = 10;

/** Sources → one dataset version: scrubbed, without duplicates, split by cluster, apart from every golden set. */
export async function curate(input: StageInput): Promise<CurateResult> {
  const {request} = input;
  const {curateShard, joinShards, embedDataset, shardCount, keepStage} = activities(request.project);
  const plan = request.refs.plan!;
  upsertSearchAttributes(ratchetAttributes({project: request.project, stage: 'curate'}));
  return whileWaitedFor(input, async () => {
    const shards = await shardCount({plan});
    const progress = showProgress('curate', shards, 'shards');
    // 1. Each new shard on its own: parse, strip, normalise, scrub, sign.
    const done = await slide(WINDOW, shards, async (index) => {
      const shard = await curateShard.executeWithOptions({summary: `shard ${index + 1} of ${shards}`}, [
        {request, plan, index},
      ]);
      progress.add(1);
      return shard;
    });
    // 2. All together: exact and near duplicates, decontamination, split.
    const joined = await joinShards.executeWithOptions({summary: 'duplicates, decontamination, split'}, [
      {request, plan, shards: done},
    ]);
    upsertSearchAttributes(ratchetAttributes({dataset: joined.dataset}));
    // 3. What the monitor compares traffic with.
    await embedDataset.executeWithOptions({summary: 'embeddings of the rows'}, [
      {request, dataset: joined.dataset},
    ]);
    await keepStage({request, key: input.key, result: joined, artifacts: [joined.manifest]});
    return joined;
  });
}
