import {z} from 'zod';
import {Digest} from '../../schemas/artifact.ts';
import {Provenance, type DatasetVersion} from '../../schemas/dataset.ts';
import {DatasetRow, Split} from '../../schemas/row.ts';
import type {Stores} from '../../stores/stores.ts';

/** One line of a version's golden list. `since`: the version in which it became golden. */
export const GoldenEntry = z.strictObject({
  id: z.string(),
  digest: Digest,
  cluster: z.string(),
  since: Digest,
});
export type GoldenEntry = z.infer<typeof GoldenEntry>;

/** One line of a version's index. */
export const IndexEntry = z.strictObject({digest: Digest, split: Split, id: z.string()});
export type IndexEntry = z.infer<typeof IndexEntry>;

export interface FormerVersion {
  readonly version: DatasetVersion;
  /** Every row of it, by id. */
  readonly places: ReadonlyMap<string, {readonly split: Split; readonly cluster: string}>;
  readonly golden: ReadonlyMap<string, GoldenEntry>;
  /** Its golden rows, whole. */
  goldenRows(): AsyncIterable<DatasetRow>;
}

/** The version that another grows from: where its rows are, and its golden set, which is frozen. */
export async function formerVersion(stores: Stores, project: string, digest: string): Promise<FormerVersion> {
  const version = await stores.registry.dataset(project, digest);
  const golden = new Map<string, GoldenEntry>();
  for await (const entry of stores.artifacts.lines(version.golden, GoldenEntry)) golden.set(entry.id, entry);
  const places = new Map<string, {split: Split; cluster: string}>();
  for await (const {id, split} of stores.artifacts.lines(version.index, IndexEntry))
    places.set(id, {split, cluster: golden.get(id)?.cluster ?? id});
  return {
    version,
    places,
    golden,
    async *goldenRows() {
      const {shards} = await stores.artifacts.getJson(version.provenance, Provenance);
      for (const shard of shards)
        if (shard.split === 'golden') yield* stores.artifacts.lines(shard.ref, DatasetRow);
    },
  };
}

/** The same version without these rows: what a person has rejected since is golden no more. */
export function withoutRows(former: FormerVersion, ids: ReadonlySet<string>): FormerVersion {
  const others = <T>(rows: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
    new Map([...rows].filter(([id]) => !ids.has(id)));
  return {
    ...former,
    places: others(former.places),
    golden: others(former.golden),
    async *goldenRows() {
      for await (const row of former.goldenRows()) if (!ids.has(row.id)) yield row;
    },
  };
}
