import {z} from 'zod';
import {ArtifactRef, Digest} from '../../schemas/artifact.ts';
import {failsClosed} from '../../schemas/tolerant.ts';

/** One record to process: where it is, never what it says. */
export const PlannedRecord = z.strictObject({
  source: z.string(),
  id: z.string(),
  raw: z.string(),
  file: z.string(),
  line: z.int(),
  offset: z.int(),
  length: z.int(),
});
export type PlannedRecord = z.infer<typeof PlannedRecord>;
export const ShardPlan = failsClosed(z.strictObject({records: z.array(PlannedRecord)}));

export const PlannedSource = z.strictObject({
  name: z.string(),
  uri: z.string(),
  rows: z.int(),
  /** Over the sorted keyed hashes of its records. */
  digest: Digest,
});

/** How a curation's work is cut. Its parts are artifacts of their own, so that a worker reads only its shard. */
export const CurationPlan = failsClosed(
  z.strictObject({
    v: z.literal(1),
    project: z.string(),
    keyFingerprint: z.string(),
    /** ShardPlan of each shard with records that no former version processed. */
    shards: z.array(ArtifactRef),
    /** Processed shards of former versions, and JSONL of {raw, shard} for the records that are taken from them. */
    reused: z.strictObject({shards: z.array(ArtifactRef), records: ArtifactRef.nullable()}),
    /** JSONL of Drop: records that could not be read, or stood twice in their source. */
    drops: ArtifactRef,
    dropped: z.int(),
    /** JSONL of FeedbackRecord, where corrections are a source. */
    feedback: ArtifactRef.nullable(),
    sources: z.array(PlannedSource),
    processed: z.int(),
    reusedCount: z.int(),
    /** The version that this one grows from. */
    parent: Digest.nullable(),
  }),
);
export type CurationPlan = z.infer<typeof CurationPlan>;

export const ReusedRecord = z.strictObject({raw: z.string(), shard: z.int()});
export type ReusedRecord = z.infer<typeof ReusedRecord>;

/** Processed shards of a part of a curation, in their order. */
export const ShardList = z.strictObject({shards: z.array(ArtifactRef)});
export type ShardList = z.infer<typeof ShardList>;
