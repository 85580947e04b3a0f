import type {ArtifactRef} from '../../schemas/artifact.ts';
import type {ActivityContext} from '../context.ts';
import {CurationPlan, ShardList} from './plan.ts';
import {parse} from '../parse.ts';

export {planCuration} from './plan-curation.ts';
export {curateShard} from './curate-shard.ts';
export {joinShards} from './join-shards.ts';
export {embedDataset} from './embed-dataset.ts';

/** How many shards a plan has: the records that no former version processed. */
export async function shardCount(
  {plan}: {readonly plan: ArtifactRef},
  {stores}: ActivityContext,
): Promise<number> {
  return (await stores.artifacts.getJson(plan, CurationPlan)).shards.length;
}

/** Keeps the list of a part's shards: histories carry the reference. */
export async function listShards(
  input: {readonly shards: readonly ArtifactRef[]},
  {stores}: ActivityContext,
): Promise<ArtifactRef> {
  return stores.artifacts.putJson(parse(ShardList, input, 'listShards'));
}
