import {z} from 'zod';
import {SignedAct} from './access.ts';
import {Digest} from './artifact.ts';
import {LifecycleResult} from './lifecycle.ts';
import {Verdict} from './report.ts';

/** What starts `retrain/PROJECT`, whoever wants it: drift, a schedule, new data, a hand. */
export const RetrainInput = z.strictObject({
  project: z.string(),
  reason: z.enum(['hand', 'schedule', 'drift', 'new_data']),
  /** `drift`, `new_data`, `schedule`, or a user name. */
  startedBy: z.string(),
  /** Key id of the starter's signing key, '' if none. */
  starterKey: z.string(),
  /** By which a person asked for it: needed where the project names people. */
  signed: SignedAct.optional(),
});
export type RetrainInput = z.infer<typeof RetrainInput>;

/** How a retrain ended. Every status is a correct end; `failed` is the lifecycle's own failure, said instead of thrown. */
export const RetrainResult = z.strictObject({
  status: z.enum([...LifecycleResult.shape.status.options, 'failed']),
  /** The lifecycle run; '' if it could not be started. */
  run: z.string(),
  reason: z.string(),
  promoted: z.boolean(),
  verdict: Verdict.nullable(),
  release: Digest.nullable(),
});
export type RetrainResult = z.infer<typeof RetrainResult>;

/** What the starter of `retrain/PROJECT` answers: one retrain a project at a time. */
export const RetrainStarted = z.strictObject({
  status: z.enum(['started', 'already_running']),
  workflowId: z.string(),
});
export type RetrainStarted = z.infer<typeof RetrainStarted>;
