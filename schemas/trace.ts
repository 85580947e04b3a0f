import {z} from 'zod';
import {Digest} from './artifact.ts';

/** One request through the gateway; scrubbed before it is written. A shadow's answer is a trace of its own with `shadowOf`. */
export const Trace = z.strictObject({
  v: z.literal(1),
  /** 32 hex digits; the answer's id is `chatcmpl-` + this. */
  id: z.string().regex(/^[0-9a-f]{32}$/),
  at: z.iso.datetime(),
  project: z.string(),
  task: z.string(),
  release: Digest,
  role: z.enum(['stable', 'canary', 'shadow', 'direct']),
  shadowOf: z.string().nullable(),
  /** Keyed hash (16 hex digits) of what the split sticks to; never the user's own identifier. */
  unit: z.string(),
  /** Id of the gateway key that asked; missing where none was needed, and for shadow copies. */
  key: z.string().optional(),
  /** The row's fields as the transform made them. */
  fields: z.record(z.string(), z.string()),
  /** The row's id, where the request carried one in `metadata.row`. */
  row: z.string().nullable(),
  /** ISO 639-1. No longer written: who looks at a trace detects it, and few are looked at. */
  language: z.string().optional(),
  /** sha256 of the exact prompt that went to the model. */
  prompt: Digest,
  /** Name in the release of the model that answered; missing where it has only one, and where none answered. */
  model: z.string().optional(),
  output: z.string(),
  promptTokens: z.int().nonnegative(),
  completionTokens: z.int().nonnegative(),
  latencyMs: z.strictObject({total: z.number(), model: z.number()}),
  cost: z.number().nonnegative(),
  status: z.int(),
  error: z.string().nullable(),
});
export type Trace = z.infer<typeof Trace>;

/** What a client posts to /feedback. */
export const FeedbackRequest = z.strictObject({
  trace: z.string(),
  rating: z.union([z.literal(-1), z.literal(1)]).optional(),
  correction: z.string().max(100_000).optional(),
  implicit: z.enum(['retry', 'edit', 'abandon']).optional(),
});
export type FeedbackRequest = z.infer<typeof FeedbackRequest>;
/** As it is kept: pseudonyms may have made a correction longer than a client may send it. */
export const Feedback = FeedbackRequest.extend({
  correction: z.string().optional(),
  /** Id of the gateway key that gave it; missing where none was needed. */
  key: z.string().optional(),
  v: z.literal(1),
  id: z.string(),
  at: z.iso.datetime(),
  project: z.string(),
});
export type Feedback = z.infer<typeof Feedback>;
