import {z} from 'zod';
import {ApprovalResult, Escalation, QuorumGroup} from './approval.ts';
import {Digest} from './artifact.ts';
import {RolloutResult, RolloutStep} from './deployment.ts';
import {Adapter} from './release.ts';
import {GauntletResult} from './report.ts';
import {CurateResult} from './stages/curate.ts';

/** What a run reads once, at its start: its decisions depend on this and on nothing that changes meanwhile. */
export const RunPlan = z.strictObject({
  /** Stable at the run's start; the candidate is judged against it. */
  stable: Digest,
  base: Digest,
  /** Stable is a bare base: nothing was fine-tuned yet. */
  first: z.boolean(),
  /** Warm start: the stable release's adapter; null to start from the base. */
  init: Adapter.nullable(),
  /** Hyperparameters are searched for; missing where an earlier version began the run. */
  sweep: z.boolean().optional(),
  /** Missing where an earlier version began the run: it trains. */
  trains: z.boolean().optional(),
  approval: z.strictObject({
    required: z.int(),
    starterMayApprove: z.boolean(),
    timeoutMs: z.int(),
    reminderMs: z.int(),
    quorum: z.array(QuorumGroup).optional(),
    escalation: z.array(Escalation).optional(),
  }),
  /** Digest of the policy that the run goes by; missing in histories from before there was one. */
  policy: Digest.optional(),
  rollout: z.array(RolloutStep),
});
export type RunPlan = z.infer<typeof RunPlan>;

/** What became of a release that is or was stable: found instead of being judged again. */
export const FormerOutcome = z.strictObject({
  v: z.literal(1),
  release: Digest,
  run: z.string(),
  /** It was judged against the bare base. */
  first: z.boolean(),
  gauntlet: GauntletResult,
  approval: ApprovalResult,
  rollout: RolloutResult,
});
export type FormerOutcome = z.infer<typeof FormerOutcome>;

export const LifecycleResult = z.strictObject({
  status: z.enum([
    'promoted',
    'cached',
    'refused',
    'inconclusive',
    'rejected',
    'expired',
    'fell_back',
    'superseded',
  ]),
  run: z.string(),
  reason: z.string(),
  data: CurateResult,
  release: Digest,
  parent: Digest.nullable(),
  stable: Digest,
  gauntlet: GauntletResult,
  approval: ApprovalResult.nullable(),
  rollout: RolloutResult.nullable(),
  /** Stages that were found by key. */
  cached: z.array(z.string()),
  seconds: z.record(z.string(), z.number()),
});
export type LifecycleResult = z.infer<typeof LifecycleResult>;
