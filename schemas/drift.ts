import {z} from 'zod';
import {ArtifactRef, Digest} from './artifact.ts';

export const DriftColumn = z.strictObject({
  /** `input_length`, `language`, `embedding`, `novelty`, `label_share`, `accuracy`; the latter two with `/TASK` behind, where several tasks answer labels. */
  column: z.string(),
  /** `wasserstein_normed`, `jensen_shannon` (distance, base 2), `energy` (√ of the coefficient), `psi`, `difference` (how much less is right). */
  statistic: z.string(),
  effect: z.number(),
  threshold: z.number(),
  /** Permutation p, after Benjamini–Hochberg over the columns. */
  p: z.number(),
  drifted: z.boolean(),
  /** False: there were too few answers, so that `effect` and `p` say nothing. Missing in what earlier versions wrote. */
  tested: z.boolean().optional(),
  /** `not enough samples`, … */
  note: z.string().nullable(),
});
export type DriftColumn = z.infer<typeof DriftColumn>;

export const DriftReport = z.strictObject({
  v: z.literal(1),
  project: z.string(),
  release: Digest,
  reference: z.strictObject({from: z.string(), n: z.int()}),
  current: z.strictObject({from: z.string(), to: z.string(), n: z.int()}),
  drifted: z.boolean(),
  columns: z.array(DriftColumn),
  reason: z.string(),
  /** What the look could err with, of the error budget of all looks; missing in what earlier versions wrote. */
  alpha: z.number().optional(),
});
export type DriftReport = z.infer<typeof DriftReport>;
export const DriftResult = z.strictObject({
  report: ArtifactRef,
  drifted: z.boolean(),
  columns: z.array(DriftColumn),
});
export type DriftResult = z.infer<typeof DriftResult>;

/** One look of the monitor, kept under `drift/PROJECT/`, newest last. */
export const DriftCheck = z.strictObject({
  v: z.literal(1),
  project: z.string(),
  at: z.iso.datetime(),
  release: Digest,
  drift: DriftResult,
  /** One line: the columns that drifted, with their figures. */
  reason: z.string(),
});
export type DriftCheck = z.infer<typeof DriftCheck>;

/** Where the reference window of a release lies: its first answers. ISO times, both inclusive. */
export const ReferenceWindow = z.strictObject({
  release: Digest,
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  /** Answers from here on may be in a current window: when the release became stable, or `to` if that is later. */
  end: z.iso.datetime(),
  n: z.int().positive(),
  /** The cycle whose whole periods it spans; missing: none, its answers are compared whenever they came. */
  cycle: z.enum(['day', 'week']).optional(),
});
export type ReferenceWindow = z.infer<typeof ReferenceWindow>;

/** What a monitor carries from one look to the next, and through continue-as-new. */
export const MonitorState = z.strictObject({
  reference: ReferenceWindow.nullable(),
  /** Time of the last answer that was looked at. */
  seenTo: z.iso.datetime().nullable(),
  /** When a person last closed the circuit. */
  resetAt: z.iso.datetime().nullable(),
  /** When this monitor last started a retrain. */
  startedAt: z.iso.datetime().nullable(),
  checks: z.int().nonnegative(),
  /** What looks may still err with, and when that was last spent from; missing before the first that compared windows. */
  budget: z.strictObject({left: z.number().nonnegative(), at: z.iso.datetime()}).optional(),
});
export type MonitorState = z.infer<typeof MonitorState>;

/** What a look of the monitor came to: the answer of the Update `check-now` and of the query `last-check`. */
export const MonitorLook = z.strictObject({
  at: z.string(),
  /** Null if there were not enough answers to look at. */
  check: DriftCheck.nullable(),
  note: z.string(),
  /** `started`, `running` (a retrain is running already), `cool_down`, `circuit`; `none` without drift and new data. */
  retrain: z.enum(['none', 'started', 'running', 'cool_down', 'circuit']),
});
export type MonitorLook = z.infer<typeof MonitorLook>;

export const MonitorInput = z.strictObject({
  project: z.string(),
  state: MonitorState.optional(),
  /** The last look of the history before this one. */
  last: MonitorLook.nullable().optional(),
});
export type MonitorInput = z.infer<typeof MonitorInput>;
