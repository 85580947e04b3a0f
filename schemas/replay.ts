import {z} from 'zod';
import {ArtifactRef, Digest} from './artifact.ts';
import {DriftColumn} from './drift.ts';

/** What became of later traffic that was replayed against a release: kept by (batch, release). */
export const ReplayOutcome = z.strictObject({
  v: z.literal(1),
  release: Digest,
  answers: z.int(),
  corrections: z.int(),
  /** Mails that the gateway did not take, as those over `guardrails.max_input_chars`. */
  refused: z.int().default(0),
  drift: z.strictObject({
    drifted: z.boolean(),
    columns: z.array(DriftColumn),
    report: ArtifactRef.nullable(),
  }),
  /** The retrain that followed; null if there was no drift. */
  retrain: z
    .strictObject({
      run: z.string(),
      status: z.string(),
      verdict: z.enum(['pass', 'fail', 'inconclusive']).nullable(),
      promoted: z.boolean(),
      release: Digest.nullable(),
    })
    .nullable(),
});
export type ReplayOutcome = z.infer<typeof ReplayOutcome>;
