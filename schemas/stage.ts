import {z} from 'zod';
import {SignedAct} from './access.ts';
import {ArtifactRef, Digest} from './artifact.ts';
import {CurateResult} from './stages/curate.ts';
import {CachedStage} from './stages/stages.ts';
import {TrainingResult} from './training.ts';

/** Stages before which a run may begin with what a former run made. */
export const FROM_STAGES = ['train', 'gauntlet'] as const;
export type FromStage = (typeof FROM_STAGES)[number];

/** What a former run made, for a run that begins behind it. */
export const Given = z.strictObject({
  /** The former run. */
  run: z.string(),
  curate: z.strictObject({key: Digest, result: CurateResult}),
  train: z.strictObject({key: Digest, result: TrainingResult}).optional(),
});
export type Given = z.infer<typeof Given>;

/** What alone a run may change of the stable release; all else is as it is there. */
export const ONLY_PARTS = ['prompts'] as const;
export type OnlyPart = (typeof ONLY_PARTS)[number];

/** How much of a run is asked for; neither: all of it. */
export interface RunPart {
  /** Begin at this stage, with the dataset (and for the gauntlet the adapter) of the last run. */
  readonly from?: FromStage | undefined;
  /** Keep data and adapter of the stable release. */
  readonly only?: OnlyPart | undefined;
}

/** Everything that starts a lifecycle run. */
export const LifecycleInput = z.strictObject({
  project: z.string(),
  resolved: ArtifactRef,
  /** Name of the person or thing that started it: `key:<id>`, `schedule`, `drift`, a user name. */
  startedBy: z.string(),
  /** Key id of the starter's signing key, '' if none: whether the starter may approve is judged by it. */
  starterKey: z.string(),
  reason: z.enum(['first', 'hand', 'schedule', 'drift', 'new_data']),
  /** Fingerprint of the row key. */
  keyFingerprint: z.string(),
  /** A retrain reads `feedback` rows up to this cut (ISO time); null in a first run. */
  feedbackCut: z.string().nullable(),
  /** Dataset version whose golden set is frozen and whose rows are reused; null if there is none. */
  parentDataset: Digest.nullable(),
  /** Extra sources of a retrain (names in `replay.sources` that have been seen as traffic). */
  priority: z.int().min(1).max(5),
  /** By which a person started it: needed of a run by hand where the project names people. */
  signed: SignedAct.optional(),
  /** Stages that are not asked for: their results are a former run's. */
  given: Given.optional(),
});
export type LifecycleInput = z.infer<typeof LifecycleInput>;

/** What asks for a cached stage. */
export const StageRequest = z.strictObject({
  stage: CachedStage,
  project: z.string(),
  resolved: ArtifactRef,
  keyFingerprint: z.string(),
  /** Named digests of the stage's inputs: the key is computed from these. */
  inputs: z.record(z.string(), z.string()),
  /** What the stage's activities need besides and the key does not depend on: how the work is cut into shards. */
  refs: z.record(z.string(), ArtifactRef).default({}),
  /** The run that asks, for the ledger of costs. */
  run: z.string().optional(),
});
export type StageRequest = z.infer<typeof StageRequest>;

/** cache/STAGE/KEY.json */
export const CacheEntry = z.strictObject({
  v: z.literal(1),
  stage: z.string(),
  key: Digest,
  project: z.string(),
  at: z.string(),
  result: z.unknown(),
  /** Every artifact the result needs: a hit counts only if all of them exist. */
  artifacts: z.array(ArtifactRef),
});
export type CacheEntry = z.infer<typeof CacheEntry>;
