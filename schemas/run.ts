import {z} from 'zod';
import {ApprovalResult} from './approval.ts';
import {ArtifactRef, Digest} from './artifact.ts';
import {RolloutResult} from './deployment.ts';
import {STAGES} from './names.ts';
import {GauntletResult, Verdict} from './report.ts';

export const RunStage = z.strictObject({
  status: z.enum(['running', 'waiting', 'done', 'failed', 'cancelled', 'skipped']),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  /** The stage's key, where it is a cached stage. */
  key: Digest.optional(),
  /** The output was found, not made. */
  cached: z.boolean().optional(),
  /** One line for people. */
  note: z.string().optional(),
});
export type RunStage = z.infer<typeof RunStage>;

/** What the store knows of a lifecycle run, readable while Temporal is down. Nothing personal in it. */
export const RunRecord = z.strictObject({
  v: z.literal(1),
  /** `lifecycle/mail/20021203T114636Z-k3f9qa` */
  id: z.string().min(1),
  project: z.string(),
  status: z.enum(['running', 'done', 'failed', 'cancelled']),
  startedBy: z.string(),
  reason: z.enum(['first', 'hand', 'schedule', 'drift', 'new_data']),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  stages: z.partialRecord(z.enum([...STAGES, 'replay']), RunStage),
  dataset: Digest.optional(),
  release: Digest.optional(),
  /** The report's artifact: its digest is what an approval binds. */
  report: ArtifactRef.optional(),
  verdict: Verdict.optional(),
  approval: ApprovalResult.optional(),
  rollout: RolloutResult.optional(),
  /** How it ended: `promoted`, `cached`, `refused`, `inconclusive`, `rejected`, `expired`, `fell_back`, `superseded`. */
  outcome: z.string().optional(),
  /** One line: why it ended so, or why it failed. */
  note: z.string().optional(),
  /** Name → address: `temporal`, `report`, … */
  links: z.record(z.string(), z.string()),
});
export type RunRecord = z.infer<typeof RunRecord>;

/** What a run says of itself as it goes on. */
export const RunChange = RunRecord.pick({
  status: true,
  endedAt: true,
  dataset: true,
  release: true,
  report: true,
  verdict: true,
  approval: true,
  rollout: true,
  outcome: true,
  note: true,
})
  .partial()
  .extend({stages: RunRecord.shape.stages.optional()});
export type RunChange = z.infer<typeof RunChange>;

/** reports/PROJECT/RELEASE/REPORT.json: which reports there are of a release. */
export const ReportEntry = z.strictObject({
  v: z.literal(1),
  project: z.string(),
  at: z.string(),
  run: z.string(),
  result: GauntletResult,
});
export type ReportEntry = z.infer<typeof ReportEntry>;
