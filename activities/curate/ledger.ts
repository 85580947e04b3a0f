import {z} from 'zod';
import {digestOf} from '../../core/identity/digest.ts';
import {ArtifactRef, Digest} from '../../schemas/artifact.ts';
import {Provenance} from '../../schemas/dataset.ts';
import type {ResolvedProject} from '../../schemas/stage.ts';
import type {Stores} from '../../stores/stores.ts';
import {codeVersion} from '../stage/code-version.ts';
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

/** What processing one record depends on: the code, the transform's settings and the rules, the row key. */
export async function ledgerKey({config}: ResolvedProject, keyFingerprint: string): Promise<string> {
  const {languages, language_score, min_chars, max_chars, pii, near_duplicates} = config.curation;
  const {shingle_words, bands, rows} = near_duplicates;
  return digestOf({
    code: await codeVersion('curate'),
    input: config.input,
    labels: Object.values(config.tasks).map((task) => task.labels ?? null),
    rules: {languages, language_score, min_chars, max_chars},
    pii,
    fingerprint: {shingle_words, bands, rows},
    keyFingerprint,
  });
}

export interface FormerShards {
  readonly shards: readonly ArtifactRef[];
  /** Record's keyed hash → index of its shard. */
  readonly shardOf: ReadonlyMap<string, number>;
}
const NONE: FormerShards = {shards: [], shardOf: new Map()};

/** What a version can reuse of its parent: nothing if it was made under another key, or its shards are gone. */
export async function formerShards(
  stores: Stores,
  project: string,
  parent: string | null,
  key: string,
): Promise<FormerShards> {
  if (parent === null) return NONE;
  const version = await stores.registry.dataset(project, parent);
  const {ledger: ref} = await stores.artifacts.getJson(version.provenance, Provenance);
  if (!(await stores.artifacts.exists(ref))) return NONE;
  const ledger = await stores.artifacts.getJson(ref, Ledger);
  if (ledger.key !== key) return NONE;
  for (const shard of ledger.shards) if (!(await stores.artifacts.exists(shard))) return NONE;
  const shardOf = new Map<string, number>();
  for await (const {raw, shard} of stores.artifacts.lines(ledger.records, ReusedRecord))
    shardOf.set(raw, shard);
  return {shards: ledger.shards, shardOf};
}
