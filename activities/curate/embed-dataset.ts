import {Digest} from '../../schemas/artifact.ts';
import {rowText} from '../../core/curation/row-text.ts';
import {SPLITS, type DatasetRow} from '../../schemas/row.ts';
import {curate} from '../../schemas/stages/curate.ts';
import type {Embedder} from '../../serving/clients/embedder/embedder.ts';
import {loadWordllama} from '../../serving/clients/embedder/wordllama.ts';
import type {VectorRow} from '../../stores/vectors/vector-rows.ts';
import {Vectors} from '../../stores/vectors/vectors.ts';
import {stageActivity} from '../stage/stage-activity.ts';
import {DatasetRows} from './dataset-rows.ts';

/** Rows embedded between two signs of life. */
const BATCH = 128;

/**
 * Embeddings of a version's rows into its vector table, which the monitor compares traffic with. A table that is there is
 * left as it is; one that a dead worker began is built anew.
 */
export const embedDataset = stageActivity(
  curate,
  'cpu',
  {dataset: Digest},
  async ({request, dataset}, {stores, rowKey, environment}, activity): Promise<void> => {
    const version = await stores.registry.dataset(request.project, dataset);
    const embedder = await loadWordllama(environment.wordllama);
    const total = Object.values(version.counts).reduce((sum, n) => sum + n, 0);
    const proven = await DatasetRows.open(stores, version, rowKey);
    const rows = embedded(proven.of(...SPLITS), embedder, (done) => {
      activity.signal.throwIfAborted();
      activity.progress({done, total, unit: 'rows'});
    });
    await new Vectors(stores.objects).build({
      project: request.project,
      dataset: version.digest,
      embedder,
      rows,
      owner: activity.workflowId,
    });
  },
);

async function* embedded(
  rows: AsyncIterable<DatasetRow>,
  embedder: Embedder,
  progress: (done: number) => void,
): AsyncGenerator<VectorRow, void, undefined> {
  let batch: DatasetRow[] = [];
  let done = 0;
  async function* flush(): AsyncGenerator<VectorRow, void, undefined> {
    const vectors = await embedder.embed(batch.map(rowText));
    for (const [i, {id, split, source, label}] of batch.entries())
      yield {id, split, source, label: label ?? null, vector: vectors[i]!};
    done += batch.length;
    progress(done);
    batch = [];
  }
  for await (const row of rows) {
    batch.push(row);
    if (batch.length === BATCH) yield* flush();
  }
  if (batch.length > 0) yield* flush();
}
