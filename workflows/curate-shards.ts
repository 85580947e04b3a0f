import {upsertSearchAttributes} from '@temporalio/workflow';
import type {ArtifactRef} from '../schemas/artifact.ts';
import type {StageRequest} from '../schemas/stage.ts';
import {documents, rows} from './activities.ts';
import {showProgress} from './progress.ts';
import {ratchetAttributes} from './search-attributes.ts';
import {slidingWindow} from './sliding-window.ts';

/** The shards `from` (inclusive) to `to` (exclusive) of a plan that has `of` of them. */
export interface ShardRange {
  readonly request: StageRequest;
  readonly plan: ArtifactRef;
  readonly from: number;
  readonly to: number;
  readonly of: number;
}

/** How many shards are in work at once. */
const WINDOW = 10;

/** A part of a large curation: its shards stand in a history of their own, and come back as one reference to their list. */
export async function curateShards(range: ShardRange): Promise<ArtifactRef> {
  const {request, from, to} = range;
  // Writes one small artifact.
  const {listShards} = documents(request.project);
  upsertSearchAttributes(ratchetAttributes({project: request.project, stage: 'curate'}));
  const progress = showProgress('curate', to - from, 'shards');
  const shards = await eachShard(range, () => progress.add(1));
  return listShards.executeWithOptions({summary: `the list of ${shards.length} shards`}, [{shards}]);
}

/** Each shard on its own: parse, strip, normalise, scrub, sign. In their order. */
export function eachShard(
  {request, plan, from, to, of}: ShardRange,
  onDone: () => void,
): Promise<ArtifactRef[]> {
  // A shard of some hundred records: minutes.
  const {curateShard} = rows(request.project);
  return slidingWindow(WINDOW, to - from, async (place) => {
    const index = from + place;
    const shard = await curateShard.executeWithOptions({summary: `shard ${index + 1} of ${of}`}, [
      {request, plan, index},
    ]);
    onDone();
    return shard;
  });
}
