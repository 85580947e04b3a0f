import {rowText} from '../../core/curation/row-text.ts';
import {loadWordllama} from '../../serving/clients/embedder/wordllama.ts';
import {SPLITS, type DatasetRow} from '../../schemas/row.ts';
import type {VectorRow} from '../../stores/vector-rows.ts';
import {Vectors} from '../../stores/vectors.ts';
import type {Activity, ActivityContext} from '../context.ts';
import type {Activities} from '../contract.ts';
import {datasetRows} from './dataset-rows.ts';

/** Rows embedded between two signs of life. */
const AT_ONCE = 256;

/** Embeds every row of a dataset version into its LanceDB table, which the monitor compares traffic with. Idempotent. */
export async function embedDataset(
  {request, dataset}: Parameters<Activities['embedDataset']>[0],
  context: ActivityContext,
  activity: Activity,
): Promise<void> {
  const {stores} = context;
  const version = await stores.registry.dataset(request.project, dataset);
  const total = Object.values(version.counts).reduce((sum, n) => sum + n, 0);
  const embedder = await loadWordllama(context.environment.wordllama);
  let done = 0;
  async function* rows(): AsyncGenerator<VectorRow> {
    let batch: DatasetRow[] = [];
    for await (const row of datasetRows(stores.artifacts, version, SPLITS)) {
      batch.push(row);
      if (batch.length === AT_ONCE) {
        yield* await embed(batch);
        batch = [];
      }
    }
    yield* await embed(batch);
  }
  async function embed(batch: readonly DatasetRow[]): Promise<VectorRow[]> {
    activity.signal.throwIfAborted();
    const vectors = await embedder.embed(batch.map((row) => rowText(row)));
    done += batch.length;
    activity.progress({done, total, unit: 'rows', note: 'embeds rows'});
    return batch.map(({id, split, source, label}, i) => ({
      id,
      split,
      source,
      label: label ?? null,
      vector: vectors[i]!,
    }));
  }
  await new Vectors(stores.objects).build({
    project: request.project,
    dataset,
    embedder,
    rows: rows(),
    owner: activity.workflowId,
  });
}
