import {upsertSearchAttributes, workflowInfo} from '@temporalio/workflow';
import type {ArtifactRef} from '../schemas/artifact.ts';
import type {CurateResult} from '../schemas/stages/curate.ts';
import {documents, rows} from './activities.ts';
import {curateShards, eachShard, type ShardRange} from './curate-shards.ts';
import type {StageInput} from './find-or-run.ts';
import {ownChild} from './own-child.ts';
import {showProgress} from './progress.ts';
import {ratchetAttributes} from './search-attributes.ts';
import {slidingWindow} from './sliding-window.ts';
import {whileWaitedFor} from './while-waited-for.ts';

/** Grouped by how long they run. */
function activities(project: string) {
  // One pass over all signatures: minutes.
  const {joinShards, embedDataset, shardCount} = rows(project);
  const {keepStage} = documents(project);
  return {joinShards, embedDataset, shardCount, keepStage};
}

/** Shards in one history. More than that go to children, so that no history and no payload grows with the data. */
const SHARDS_A_HISTORY = 500;
/** Children in work at once. */
const CHILDREN = 4;

/** Sources → one dataset version: scrubbed, without duplicates, split by cluster, apart from every golden set. */
export async function curate(input: StageInput): Promise<CurateResult> {
  const {request} = input;
  const {joinShards, embedDataset, shardCount, keepStage} = activities(request.project);
  const plan = request.refs.plan!;
  upsertSearchAttributes(ratchetAttributes({project: request.project, stage: 'curate'}));
  return whileWaitedFor(input, async () => {
    const shards = await shardCount.executeWithOptions({summary: 'how many shards there are'}, [{plan}]);
    const progress = showProgress('curate', shards, 'shards');
    const all: ShardRange = {request, plan, from: 0, to: shards, of: shards};
    // 1. Each new shard on its own: parse, strip, normalise, scrub, sign.
    const done =
      shards <= SHARDS_A_HISTORY
        ? {shards: await eachShard(all, () => progress.add(1))}
        : {shards: [], lists: await byChildren(all, (count) => progress.add(count))};
    // 2. All together: exact and near duplicates, decontamination, split.
    const joined = await joinShards.executeWithOptions({summary: 'duplicates, decontamination, split'}, [
      {request, plan, ...done},
    ]);
    upsertSearchAttributes(ratchetAttributes({dataset: joined.dataset}));
    // 3. What the monitor compares traffic with.
    await embedDataset.executeWithOptions({summary: 'embeddings of the rows'}, [
      {request, dataset: joined.dataset},
    ]);
    await keepStage.executeWithOptions({summary: 'keep the dataset version under its key'}, [
      {request, key: input.key, result: joined},
    ]);
    return joined;
  });
}

/** One child for each so many shards; each gives a list of them, in their order. */
function byChildren(all: ShardRange, onDone: (count: number) => void): Promise<ArtifactRef[]> {
  return slidingWindow(CHILDREN, Math.ceil(all.of / SHARDS_A_HISTORY), async (child) => {
    const from = child * SHARDS_A_HISTORY;
    const to = Math.min(from + SHARDS_A_HISTORY, all.of);
    const list = await ownChild(curateShards, {
      project: all.request.project,
      workflowId: `${workflowInfo().workflowId}/shards-${from + 1}-${to}`,
      input: {...all, from, to},
      summary: `Shards ${from + 1} to ${to} of ${all.of} of ${all.request.project}`,
      ended: 'again',
      priority: workflowInfo().priority,
    });
    onDone(to - from);
    return list;
  });
}
