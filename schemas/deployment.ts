import {z} from 'zod';
import {ProvedAct} from './access.ts';
import {Digest, Estimate} from './artifact.ts';
import {ApprovalResult} from './approval.ts';
import {GauntletResult, Verdict} from './report.ts';

/** One execution of a rollout's workflow. A second one of the same workflow ID is another; one that was reset is the same. */
const RolloutExecution = z.strictObject({
  /** The workflow ID. */
  by: z.string(),
  /** Temporal's first run ID, which a reset keeps; '' where a former version moved. */
  execution: z.string(),
});

/**
 * The rollout that was opened last. It alone moves shares, each time under the number of its move before; a rollback, a
 * promotion and the way back end it for good. What another rollout's end writes leaves it as it is.
 */
const OpenedRollout = RolloutExecution.extend({
  /** Temporal's run ID that made its last move: another one after a reset. */
  run: z.string(),
  /** `seq` of its last move: only who names it makes the next one. */
  seq: z.int().nonnegative(),
  /** What its last move named, so that an attempt whose answer was lost finds it again; null of the move that opened it. */
  after: z.int().nonnegative().nullable(),
  ended: z.boolean(),
});

/**
 * Which release gets which share of traffic: one pointer document a project, moved by compare-and-swap.
 * stable gets what canary does not; shadow gets copies whose answers nobody sees.
 */
export const Deployment = z.strictObject({
  v: z.literal(1),
  project: z.string(),
  /** Grows by 1 with every move. */
  seq: z.int().nonnegative(),
  stable: Digest,
  canary: z.strictObject({release: Digest, weight: z.number().min(0).max(100)}).nullable(),
  shadow: z.strictObject({release: Digest, weight: z.number().min(0).max(100)}).nullable(),
  /** Releases that have been stable, newest last: going back to one of these needs no gate. */
  former: z.array(Digest),
  at: z.string(),
  by: z.string(),
  why: z.string(),
  /** By which a person made this move; a rollout's moves have none, since approvals stand behind them. */
  signed: ProvedAct.optional(),
  /** Missing where no rollout was opened yet, or only by a former version. */
  rollout: OpenedRollout.optional(),
  /** The rollout that this move ends: none of its moves counts from here on, however late it comes. */
  ends: RolloutExecution.optional(),
});
export type Deployment = z.infer<typeof Deployment>;

const UNIT_SECONDS = {ms: 0.001, s: 1, m: 60, min: 60, h: 3600, d: 86_400} as const;
const A_TIME = 'expected seconds, or a duration such as "30s", "5m" or "1h30m"';
/** `30s`, `5m`, `1h30m` as Argo writes them, or `60`, seconds → seconds. */
const DurationText = z
  .string(A_TIME)
  .regex(/^(\d+(\.\d+)? ?(ms|s|min|m|h|d) ?)+$|^\d+(\.\d+)?$/, A_TIME)
  .transform((text) => {
    const parts = [...text.matchAll(/([\d.]+) ?(ms|s|min|m|h|d)?/g)];
    return parts.reduce(
      (sum, [, number, unit = 's']) => sum + Number(number) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS],
      0,
    );
  });
const Positive = z.union([z.number().positive(), DurationText.pipe(z.number().positive())], A_TIME);
const NotNegative = z.union([z.number().nonnegative(), DurationText], A_TIME);

/** Argo Rollouts' metric vocabulary. */
export const AnalysisMetric = z.strictObject({
  /** `quality` (feedback and paired checks), `error_rate`, `latency_p50_ms`, `latency_p95_ms`. */
  name: z.enum(['quality', 'error_rate', 'latency_p50_ms', 'latency_p95_ms']),
  /** Largest harm still acceptable against the concurrent stable: absolute for quality and error_rate, a ratio for latency (1.5 = half again as slow). */
  margin: z.number().nonnegative(),
  failureLimit: z.int().nonnegative().default(0),
  inconclusiveLimit: z.int().nonnegative().default(0),
  consecutiveErrorLimit: z.int().nonnegative().default(4),
});
export const Analysis = z.strictObject({
  minSamples: z.int().positive(),
  /** Seconds between two measurements. */
  interval: Positive,
  /** Measurements at most; no verdict after these → a person is asked. */
  count: z.int().positive(),
  initialDelay: NotNegative.default(0),
  metrics: z.array(AnalysisMetric).min(1),
});
export const RolloutStep = z.union([
  z.strictObject({setShadow: z.number().min(0).max(100)}),
  z.strictObject({setWeight: z.number().min(0).max(100)}),
  z.strictObject({
    pause: z
      // `duration` is Argo's word for `seconds`.
      .strictObject({seconds: Positive.optional(), duration: Positive.optional()})
      .refine(
        ({seconds, duration}) => seconds === undefined || duration === undefined,
        'expected seconds or duration, not both',
      )
      .transform(({seconds, duration = seconds}) => (duration === undefined ? {} : {seconds: duration})),
  }),
  z.strictObject({analysis: Analysis}),
]);
export type RolloutStep = z.infer<typeof RolloutStep>;

/** A measurement takes some 11 events of the rollout's history, which Temporal ends at 51,200. */
const MOST_MEASUREMENTS = 4000;
/** The steps of a rollout, from first to last. */
export const RolloutSteps = z
  .array(RolloutStep)
  .min(1)
  .superRefine((steps, context) => {
    let sum = 0;
    for (const [i, step] of steps.entries()) {
      if (!('analysis' in step)) continue;
      const {count} = step.analysis;
      sum += count;
      if (sum <= MOST_MEASUREMENTS) continue;
      context.addIssue({
        code: 'custom',
        path: [i, 'analysis', 'count'],
        input: count,
        message: `expected at most ${MOST_MEASUREMENTS} measurements in all steps together (Temporal ends a longer history; a longer interval needs fewer)`,
      });
      return;
    }
  });
export type Analysis = z.infer<typeof Analysis>;

export const AnalysisResult = z.strictObject({
  verdict: Verdict,
  metrics: z.array(
    z.strictObject({
      name: z.string(),
      verdict: Verdict,
      stable: Estimate.nullable(),
      canary: Estimate.nullable(),
      difference: Estimate.nullable(),
      reason: z.string(),
    }),
  ),
  samples: z.strictObject({stable: z.int(), canary: z.int(), paired: z.int()}),
});
export type AnalysisResult = z.infer<typeof AnalysisResult>;

export const RolloutInput = z.strictObject({
  project: z.string(),
  runId: z.string(),
  release: Digest,
  stable: Digest,
  steps: z.array(RolloutStep),
  startedBy: z.string(),
  /** What permits the rollout. It is not trusted: the activity that moves a pointer looks both up in store and audit. */
  proof: z.strictObject({gauntlet: GauntletResult, approval: ApprovalResult}),
});
export type RolloutInput = z.infer<typeof RolloutInput>;

export const RolloutStepDone = z.strictObject({
  step: z.string(),
  at: z.string(),
  analysis: AnalysisResult.optional(),
  outcome: z.string(),
});
export const RolloutResult = z.strictObject({
  status: z.enum(['promoted', 'fell_back', 'superseded', 'refused']),
  release: Digest,
  steps: z.array(RolloutStepDone),
  reason: z.string(),
});
export type RolloutResult = z.infer<typeof RolloutResult>;
