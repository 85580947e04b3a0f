import {z} from 'zod';
import {digestOf} from '../../core/identity/digest.ts';
import {ArtifactRef, Digest} from '../../schemas/artifact.ts';
import {Provenance} from '../../schemas/dataset.ts';
import type {curate, CurateSettings} from '../../schemas/stages/curate.ts';
import {readDocument, writeDocument} from '../../stores/objects/documents.ts';
import type {Stores} from '../../stores/stores.ts';
import {versionDigest} from '../stage/key.ts';
import type {StageCall} from '../stage/stage-activity.ts';
import {ReusedRecord} from './plan.ts';

/** Which record was processed into which shard, and under what. */
export const Ledger = z.strictObject({
  v: z.literal(1),
  /** Records processed under another key are processed again. */
  key: Digest,
  shards: z.array(ArtifactRef),
  /** JSONL of ReusedRecord. */
  records: ArtifactRef,
});
export type Ledger = z.infer<typeof Ledger>;

/** What processing one record depends on: the version, the transform's settings and the rules, the row key. */
export function ledgerKey({
  settings,
  keyFingerprint,
}: Pick<StageCall<typeof curate>, 'settings' | 'keyFingerprint'>): string {
  const {languages, language_score, min_chars, max_chars, pii, near_duplicates, split} = settings.curation;
  const {shingle_words, bands, rows} = near_duplicates;
  return digestOf({
    version: versionDigest('curate'),
    input: settings.input,
    labels: settings.labels,
    ...(settings.label_aliases === undefined ? {} : {aliases: settings.label_aliases}),
    rules: {languages, language_score, min_chars, max_chars},
    pii,
    fingerprint: {shingle_words, bands, rows},
    keyFingerprint,
    ...placed(settings.sources, split),
  });
}

/** Which columns say what a row's group and time are; nothing where none does. */
function placed(
  sources: CurateSettings['sources'],
  {group, time}: CurateSettings['curation']['split'],
): {place?: unknown} {
  if (group === undefined && time === undefined) return {};
  return {place: {group, time, fields: sources.map(({name, fields}) => [name, fields ?? {}])}};
}

export interface FormerShards {
  readonly shards: readonly ArtifactRef[];
  /** Record's keyed hash → index of its shard. */
  readonly shardOf: ReadonlyMap<string, number>;
}

/**
 * The shards that a version can reuse: those of the project's latest version under this key, whatever became of it (a
 * candidate that failed or was rejected leaves its rows processed), then its parent's. A ledger counts only while all of its
 * shards exist.
 */
export async function formerShards(
  stores: Stores,
  project: string,
  parent: string | null,
  key: string,
): Promise<FormerShards> {
  const shards: ArtifactRef[] = [];
  const at = new Map<string, number>();
  const shardOf = new Map<string, number>();
  for (const ref of [await latestLedger(stores, project, key), await ledgerOf(stores, project, parent)]) {
    const ledger = ref && (await usableLedger(stores, ref, key));
    if (!ledger) continue;
    for (const shard of ledger.shards) {
      if (at.has(shard.sha256)) continue;
      at.set(shard.sha256, shards.length);
      shards.push(shard);
    }
    for await (const {raw, shard} of stores.artifacts.lines(ledger.records, ReusedRecord))
      if (!shardOf.has(raw)) shardOf.set(raw, at.get(ledger.shards[shard]!.sha256)!);
  }
  return {shards, shardOf};
}

/** Names a version's ledger as the one that the next version reuses. */
export async function keepLedger(
  {objects}: Pick<Stores, 'objects'>,
  project: string,
  key: string,
  ledger: ArtifactRef,
): Promise<void> {
  await writeDocument(objects, latestKey(project, key), ArtifactRef, ledger);
}

const latestKey = (project: string, key: string): string => `ledgers/${project}/${key}.json`;

async function latestLedger({objects}: Stores, project: string, key: string): Promise<ArtifactRef | null> {
  return (await readDocument(objects, latestKey(project, key), ArtifactRef))?.value ?? null;
}

async function ledgerOf(stores: Stores, project: string, digest: string | null): Promise<ArtifactRef | null> {
  if (digest === null) return null;
  const version = await stores.registry.dataset(project, digest);
  return (await stores.artifacts.getJson(version.provenance, Provenance)).ledger;
}

/** Null where it was made under another key, or where it or one of its shards is gone. */
async function usableLedger({artifacts}: Stores, ref: ArtifactRef, key: string): Promise<Ledger | null> {
  if (!(await artifacts.exists(ref))) return null;
  const ledger = await artifacts.getJson(ref, Ledger);
  if (ledger.key !== key) return null;
  for (const shard of ledger.shards) if (!(await artifacts.exists(shard))) return null;
  return ledger;
}
