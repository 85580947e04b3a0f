import {z} from 'zod';
import {Digest} from './artifact.ts';

/** What was used. Seconds are of one core or one device: two busy cores for one second are two CPU seconds. */
export const Spent = z.strictObject({
  cpuSeconds: z.number().nonnegative(),
  gpuSeconds: z.number().nonnegative(),
  promptTokens: z.int().nonnegative(),
  completionTokens: z.int().nonnegative(),
  /** What vendors' models with prices of their own took, in `prices.currency`; their tokens are in none of the two above. */
  paid: z.number().nonnegative().default(0),
  paidTokens: z.int().nonnegative().default(0),
  /** Bytes newly written to the object store as artifacts; what was there already costs nothing. */
  bytes: z.int().nonnegative(),
  /** Rows that a training went through, or answers that a gauntlet was given: what estimates are scaled by. */
  units: z.number().nonnegative(),
});
export type Spent = z.infer<typeof Spent>;

/** What a process spent on one kind of work of one run. */
export const SpendRow = z.strictObject({
  /** `curate`, `train`, `gauntlet`, `approval`, `rollout`, `monitor`, `retrain`, or `lifecycle` for what belongs to none. */
  stage: z.string(),
  /** `trainAdapter`, `answerBatch`, … */
  what: z.string(),
  /** The workflow that asked for the work: `train/mail/0a1b2c3d4e5f`. */
  workflow: z.string(),
  /** The run that asked first; null for what no run asked for (a monitor's look). */
  run: z.string().nullable(),
  spent: Spent,
});
export type SpendRow = z.infer<typeof SpendRow>;

/**
 * costs/PROJECT/2026/11/26/SOURCE.json: what one process spent on one day (UTC). It only grows, and has one writer at a time:
 * a worker its own, the worker that follows a trainer the trainer's. So a killed process leaves what it had spent, and a
 * write that is repeated counts once.
 */
export const SpendDocument = z.strictObject({
  v: z.literal(1),
  project: z.string(),
  /** `worker-…` or `trainer-…`, unique. */
  source: z.string(),
  day: z.iso.date(),
  /** ISO times of the first and the last thing in it. */
  from: z.string(),
  to: z.string(),
  /** Of a trainer: what later estimates go by. */
  training: z
    .strictObject({
      base: Digest,
      /** `cpu`, or the GPU's name; and the machine's processor. Only trainings on the same are compared. */
      device: z.string(),
      cpu: z.string(),
      /** What loading the model took of `spent`, before the first row. */
      load: z.strictObject({cpuSeconds: z.number(), gpuSeconds: z.number()}),
    })
    .optional(),
  rows: z.array(SpendRow),
});
export type SpendDocument = z.infer<typeof SpendDocument>;

/** estimates/PROJECT/STAGE-KEY12.json: what a stage was expected to take, before it began. */
export const CostEstimate = z.strictObject({
  v: z.literal(1),
  project: z.string(),
  workflow: z.string(),
  run: z.string().nullable(),
  stage: z.string(),
  at: z.string(),
  spent: Spent,
  /** How it was reckoned, in one line. */
  basis: z.string(),
  /** Nothing like it was measured before: only the order of magnitude may be right. */
  rough: z.boolean(),
});
export type CostEstimate = z.infer<typeof CostEstimate>;

/** An amount of `Spent` in money, energy and emissions, by the prices and powers that the project states. */
export const Bill = z.strictObject({
  spent: Spent,
  /** In `prices.currency`. */
  cost: z.number(),
  kWh: z.number(),
  gCO2e: z.number(),
});
export type Bill = z.infer<typeof Bill>;
