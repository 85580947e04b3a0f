import {z} from 'zod';
import {ArtifactRef, Digest} from './artifact.ts';

export const DriftColumn = z.strictObject({
  /** `input_length`, `language`, `embedding`, `label_share`, `accuracy`. */
  column: z.string(),
  /** `psi`, `jensen_shannon` (base 2), `wasserstein_normed`, `mmd` or `energy`, `difference`. */
  statistic: z.string(),
  effect: z.number(),
  threshold: z.number(),
  /** Permutation p, after Benjamini–Hochberg over the columns. */
  p: z.number(),
  drifted: z.boolean(),
  /** `not enough samples`, … */
  note: z.string().nullable(),
});
export const DriftReport = z.strictObject({
  v: z.literal(1),
  project: z.string(),
  release: Digest,
  reference: z.strictObject({from: z.string(), n: z.int()}),
  current: z.strictObject({from: z.string(), to: z.string(), n: z.int()}),
  drifted: z.boolean(),
  columns: z.array(DriftColumn),
  reason: z.string(),
});
export type DriftReport = z.infer<typeof DriftReport>;
export const DriftResult = z.strictObject({
  report: ArtifactRef,
  drifted: z.boolean(),
  columns: z.array(DriftColumn),
});
export type DriftResult = z.infer<typeof DriftResult>;
