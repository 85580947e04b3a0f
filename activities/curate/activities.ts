import {z} from 'zod';
import {ArtifactRef} from '../../schemas/artifact.ts';
import {activity} from '../activity.ts';
import {CurationPlan, ShardList} from './plan.ts';

export {planCuration} from './plan-curation.ts';
export {curateShard} from './curate-shard.ts';
export {joinShards} from './join-shards.ts';
export {embedDataset} from './embed-dataset.ts';

/** How many shards a plan has: the records that no former version processed. */
export const shardCount = activity(
  'cpu',
  z.object({plan: ArtifactRef}),
  async ({plan}, {stores}): Promise<number> => {
    return (await stores.artifacts.getJson(plan, CurationPlan)).shards.length;
  },
);

/** Keeps the list of a part's shards: histories carry the reference. */
export const listShards = activity('cpu', ShardList, async (list, {stores}): Promise<ArtifactRef> => {
  return stores.artifacts.putJson(list);
});
