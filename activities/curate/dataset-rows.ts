import {Provenance, type DatasetVersion} from '../../schemas/dataset.ts';
import {DatasetRow, type Split} from '../../schemas/row.ts';
import type {Artifacts} from '../../stores/artifacts.ts';

/** The rows of some splits of a dataset version, as they stream in; each split in the order of ids. */
export async function* datasetRows(
  artifacts: Artifacts,
  version: Pick<DatasetVersion, 'provenance'>,
  splits: readonly Split[],
): AsyncGenerator<DatasetRow, void, undefined> {
  const {shards} = await artifacts.getJson(version.provenance, Provenance);
  for (const split of splits)
    for (const shard of shards) if (shard.split === split) yield* artifacts.lines(shard.ref, DatasetRow);
}
