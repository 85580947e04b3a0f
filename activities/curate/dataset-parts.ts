import type {ArtifactRef} from '../../schemas/artifact.ts';
import {Provenance, type DatasetVersion} from '../../schemas/dataset.ts';
import type {Stores} from '../../stores/stores.ts';

/** The artifacts that a version consists of, none of which may be gone. Throws ArtifactMissing if its provenance is. */
export async function datasetParts(
  {artifacts}: Pick<Stores, 'artifacts'>,
  {index, golden, provenance}: DatasetVersion,
): Promise<ArtifactRef[]> {
  const {shards, dropLog, ledger} = await artifacts.getJson(provenance, Provenance);
  return [index, golden, provenance, dropLog, ledger, ...shards.map(({ref}) => ref)];
}

/**
 * The version under its digest. The first record stays while all of its parts exist; the same version made again, whose
 * provenance may differ in what was reused, takes its place where they do not.
 */
export async function keepDataset(stores: Stores, version: DatasetVersion): Promise<void> {
  await stores.registry.putDataset(version);
  const kept = await stores.registry.dataset(version.project, version.digest);
  if (!(await isWhole(stores, kept))) await stores.registry.replaceDataset(version);
}

async function isWhole(stores: Stores, version: DatasetVersion): Promise<boolean> {
  if (!(await stores.artifacts.exists(version.provenance))) return false;
  const there = await Promise.all(
    (await datasetParts(stores, version)).map((ref) => stores.artifacts.exists(ref)),
  );
  return there.every(Boolean);
}
