import {z} from 'zod';
import {ArtifactRef, Digest} from './artifact.ts';
import {Split} from './row.ts';

/** A file of rows (JSONL of DatasetRow), all of one split. */
export const DatasetShard = z.strictObject({ref: ArtifactRef, split: Split, rows: z.int().nonnegative()});

/**
 * A dataset version. `digest` = sha256 over the canonical JSON of {rows: sorted [digest, split], golden: sorted digests
 * of golden sets it was kept apart from, config: digest, tools: digest}. Shards and provenance are outside of it.
 */
export const DatasetVersion = z.strictObject({
  v: z.literal(1),
  project: z.string(),
  digest: Digest,
  config: Digest,
  tools: Digest,
  /** Fingerprint of the row key (first 16 hex of HMAC(key, "ratchet row key")): a worker with another key is refused. */
  keyFingerprint: z.string(),
  /** Row ids and digests of the frozen golden set: JSONL of {id, digest, cluster, since}. */
  golden: ArtifactRef,
  /** Sorted row digests with split: JSONL of {digest, split, id}; the body that `digest` is computed from. */
  index: ArtifactRef,
  counts: z.record(Split, z.int().nonnegative()),
  provenance: ArtifactRef,
});
export type DatasetVersion = z.infer<typeof DatasetVersion>;

/** Who contributed how much of what users said: rows that were kept. */
export const Contributions = z.strictObject({
  rows: z.int().nonnegative(),
  /** Of those, what a person has seen (`ratchet feedback review`), and what became golden. */
  reviewed: z.int().nonnegative(),
  golden: z.int().nonnegative(),
  /** Left out, since their key or user had given as much as one may. */
  limited: z.int().nonnegative(),
  /** By gateway key, the largest first; null: given without a key. */
  keys: z.array(
    z.strictObject({key: z.string().nullable(), name: z.string().nullable(), rows: z.int(), golden: z.int()}),
  ),
  users: z.int().nonnegative(),
  /** Of the user who contributed most. */
  mostOfOneUser: z.int().nonnegative(),
});
export type Contributions = z.infer<typeof Contributions>;

/** What stands beside a dataset version, outside its digest. */
export const Provenance = z.strictObject({
  v: z.literal(1),
  dataset: Digest,
  parents: z.array(Digest),
  shards: z.array(DatasetShard),
  /** All records read; = rowsKept + the sum of drops. */
  rowsIn: z.int().nonnegative(),
  rowsKept: z.int().nonnegative(),
  /** Records that had to be processed in this run, and those reused from a parent. */
  processed: z.int().nonnegative(),
  reused: z.int().nonnegative(),
  drops: z.record(z.string(), z.int().nonnegative()),
  /** JSONL of Drop: a reason for every record that is in no split. */
  dropLog: ArtifactRef,
  sources: z.array(
    z.strictObject({name: z.string(), uri: z.string(), rows: z.int().nonnegative(), digest: Digest}),
  ),
  /** Personal data replaced, by entity type. */
  scrubbed: z.record(z.string(), z.int().nonnegative()),
  labels: z.record(z.string(), z.int().nonnegative()),
  removalBySource: z.record(z.string(), z.number()),
  alerts: z.array(z.string()),
  tombstones: z.array(Digest),
  /** Which records were processed into which shard (JSON of a Ledger): a version that grows from this one reuses them. */
  ledger: ArtifactRef,
  /** LanceDB table with the embeddings of this version's rows, `rows__<first 12 of digest>`; null if not built. */
  embeddings: z.string().nullable(),
  /** Missing where no feedback was read, and in versions of before. */
  feedback: Contributions.optional(),
});
export type Provenance = z.infer<typeof Provenance>;
