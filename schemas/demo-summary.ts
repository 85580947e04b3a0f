import {z} from 'zod';
import {DecisionDigests} from './approval.ts';
import {Digest, Estimate} from './artifact.ts';
import {Bill} from './cost.ts';
import {RolloutStepDone} from './deployment.ts';
import {DriftColumn} from './drift.ts';
import {GateResult, Verdict} from './report.ts';

/** What `npm run demo -- --json FILE` writes. `release` and `candidate` are the first run's. */
export const DemoSummary = z.strictObject({
  v: z.literal(1),
  project: z.string(),
  run: z.string(),
  dataset: z.strictObject({
    version: Digest,
    rowsIn: z.int(),
    rowsKept: z.int(),
    drops: z.record(z.string(), z.int()),
  }),
  base: z.record(z.string(), Estimate),
  candidate: z.record(z.string(), Estimate),
  gates: z.array(GateResult),
  verdict: Verdict,
  approval: z.strictObject({by: z.string(), at: z.string(), digests: DecisionDigests}).nullable(),
  rollout: z.strictObject({status: z.string(), steps: z.array(RolloutStepDone)}),
  drift: z.strictObject({drifted: z.boolean(), columns: z.array(DriftColumn)}).nullable(),
  retrain: z
    .strictObject({
      run: z.string(),
      status: z.string(),
      verdict: Verdict.nullable(),
      promoted: z.boolean(),
      release: Digest.nullable(),
    })
    .nullable(),
  release: z.strictObject({digest: Digest, parent: Digest.nullable()}),
  /** What was spent since the demo began; energy is reckoned from stated powers. */
  cost: z.strictObject({
    currency: z.string(),
    total: Bill,
    stages: z.record(z.string(), Bill),
    /** Of each training and gauntlet, in `currency`. */
    estimates: z.array(
      z.strictObject({
        stage: z.string(),
        workflow: z.string(),
        estimate: z.number().nullable(),
        actual: z.number(),
        basis: z.string().nullable(),
      }),
    ),
    basis: z.array(z.string()),
  }),
  /** Stages that were found by key instead of being run. */
  cached: z.array(z.string()),
  seconds: z.record(z.string(), z.number()),
  links: z.record(z.string(), z.string()),
});
export type DemoSummary = z.infer<typeof DemoSummary>;
