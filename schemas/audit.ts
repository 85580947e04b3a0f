import {z} from 'zod';
import {Digest} from './artifact.ts';

/** What entries are about: all kinds that this version, or one before it, writes. */
export const AUDIT_KINDS = [
  'bootstrap',
  'pointer',
  'rollback',
  'break_glass',
  'rollout_opened',
  'rollout_ended',
  'pointer_unexplained',
  'policy',
  'delegation',
  'revocation',
  'gateway_key',
  'retired',
  'schedule',
  'gc',
  'set_current',
  'run_start',
  'run_origin',
  'cancel',
  'decision',
  'decision_refused',
  'escalation',
  'approval',
  'rollout_act',
  'drift',
  'retrain',
  'circuit',
  'feedback_review',
] as const;
const known = new Set<string>(AUDIT_KINDS);

/** Whether this version knows what an entry says: one of another kind explains nothing and permits nothing. */
export function isKnownKind(kind: string): boolean {
  return known.has(kind);
}

/** One link of the audit chain: `hash` = sha256 over the RFC 8785 JSON of all other fields; `prev` is the former link's hash. */
export const AuditEntry = z.strictObject({
  v: z.literal(1),
  seq: z.int().nonnegative(),
  prev: z.union([Digest, z.literal('')]),
  at: z.iso.datetime(),
  project: z.string(),
  /** One of AUDIT_KINDS; any other is a newer Ratchet's. */
  kind: z.string(),
  actor: z.string(),
  /** Digests and short facts only; nothing personal but the actor's configured name. */
  data: z.record(z.string(), z.unknown()),
  hash: Digest,
});
export type AuditEntry = z.infer<typeof AuditEntry>;
