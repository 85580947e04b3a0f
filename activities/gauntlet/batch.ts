import {z} from 'zod';
import {ArtifactRef} from '../../schemas/artifact.ts';

/** Items that one release answers. */
export const GauntletBatch = z.object({
  release: z.string(),
  /** What the UI shows: `candidate · triage 1–50`. */
  title: z.string(),
  items: z.int(),
  ref: ArtifactRef,
});
export type GauntletBatch = z.infer<typeof GauntletBatch>;

/** Items to which candidate and stable wrote answers. */
export const JudgeBatch = z.object({
  /** What the UI shows: `judge · subject 1–40`. */
  title: z.string(),
  items: z.int(),
  ref: ArtifactRef,
  /** Whose answers are compared, as places in the plan's batches. */
  candidate: z.int(),
  stable: z.int(),
});
export type JudgeBatch = z.infer<typeof JudgeBatch>;

export const JudgedBatch = z.discriminatedUnion('status', [
  z.object({status: z.literal('judged'), ref: ArtifactRef}),
  /** No judge answered, or it refused the key: `reason` is one line for people. */
  z.object({status: z.literal('unavailable'), reason: z.string()}),
]);
export type JudgedBatch = z.infer<typeof JudgedBatch>;

/** A list that a workflow goes through, however long it is. */
export interface Paged<T> {
  /** All of a short list; of a longer one none. */
  readonly batches: readonly T[];
  /** Pages of PAGE_ITEMS, artifacts of JSON; missing where there are none. */
  readonly pages?: readonly ArtifactRef[];
  /** Items in all; missing: those of `batches`. */
  readonly count?: number;
}

export interface GauntletPlan extends Paged<GauntletBatch> {
  readonly items: number;
  /** Batches in work at once: one an engine. */
  readonly concurrency: number;
  /** Missing where no judge is configured. */
  readonly judging?: Paged<JudgeBatch> & {
    readonly pairs: number;
    /** Batches at the judge at once. */
    readonly concurrency: number;
  };
  readonly ref: ArtifactRef;
}
