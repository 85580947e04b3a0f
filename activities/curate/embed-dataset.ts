import {rowText} from '../../core/curation/row-text.ts';
import {loadWordllama} from '../../serving/clients/embedder/wordllama.ts';
import {SPLITS} from '../../schemas/row.ts';
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
  async function* rows() {
    let batch = [];
    for await (const row of datasetRows(stores.artifacts, version, SPLITS)) {
      batch.push(row);
      if (batch.length === AT_ONCE) {
        yield* await embed(batch);
        batch = [];
      }
    }
    yield* await embed(batch);
  }
  async function embed(batch: Parameters<typeof rowText>[0][] & {id: string}[]) {
    activity.signal.throwIfAborted();
    const vectors = await embedder.embed(batch.map((row) => rowText(row)));
    done += batch.length;
    activity.progress({done, total, unit: 'rows', note: 'embeds rows'});
    return batch.map((row, i) => ({...(row as never as {id: string; split: string; source: string; label?: string}), vector: vectors[i]!}));
  }
  await new Vectors(stores.objects).build({
    project: request.project,
    dataset,
    embedder,
    rows: rows() as never,
    owner: `${activity.workflowId}`,
  });
}
