import {z} from 'zod';
import {Digest} from './artifact.ts';

/** One link of the audit chain: `hash` = sha256 over the RFC 8785 JSON of all other fields; `prev` is the former link's hash. */
export const AuditEntry = z.strictObject({
  v: z.literal(1),
  seq: z.int().nonnegative(),
  prev: z.union([Digest, z.literal('')]),
  at: z.iso.datetime(),
  project: z.string(),
  /** `bootstrap`, `decision`, `decision_refused`, `pointer`, `rollback`, `policy`, `retrain`, `circuit`, … */
  kind: z.string(),
  actor: z.string(),
  /** Digests and short facts only; nothing personal but the actor's configured name. */
  data: z.record(z.string(), z.unknown()),
  hash: Digest,
});
export type AuditEntry = z.infer<typeof AuditEntry>;
