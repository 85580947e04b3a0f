import {z} from 'zod';
import {ApprovalRules, Person} from './approval.ts';
import {Digest} from './artifact.ts';
import {ACTS, SIGNATURE} from './acts.ts';
import {Expiry} from './expiry.ts';

export type ActName = (typeof ACTS)[number];

/** What a person signs who acts: Ed25519 over its RFC 8785 JSON, as with a decision. */
export const ActPayload = z.strictObject({
  v: z.literal(1),
  project: z.string(),
  act: z.enum(ACTS),
  /** What exactly is meant, so that it fits nothing else: `{rollout, run, release}`, `{from, to, move}`, `{to, until}`, … */
  about: z.record(z.string(), z.string()),
  /** Key id: first 16 hex digits of sha256 over the raw 32-byte public key. */
  key: z.string().regex(/^[0-9a-f]{16}$/),
  comment: z.string().max(2000),
  /** The act is refused after it. */
  expiry: Expiry,
});
export type ActPayload = z.infer<typeof ActPayload>;

export const SignedAct = z.strictObject({
  payload: ActPayload,
  /** Canonical base64 of the 64-byte Ed25519 signature. */
  signature: z.string().regex(SIGNATURE),
});
export type SignedAct = z.infer<typeof SignedAct>;

/** A signed act as the audit chain keeps it. */
export const ProvedAct = SignedAct.extend({
  /** `ed25519:` + base64 of the key that the signature holds by. */
  publicKey: z.string(),
});
export type ProvedAct = z.infer<typeof ProvedAct>;

/**
 * What decides who may do what and which release is good enough: its digest stands in every report, and where it names an
 * admin, the next one comes into force by an admin's signature alone.
 */
export const Policy = z.strictObject({
  v: z.literal(1),
  project: z.string(),
  /** Keys in full: `ed25519:` + base64. */
  people: z.array(Person),
  approval: ApprovalRules,
  /** Gates and settings as ratchet.yaml has them; read as they were written, since their digest is what counts. */
  gauntlet: z.record(z.string(), z.unknown()),
  rollout: z.array(z.record(z.string(), z.unknown())),
  /** Missing where the first release goes the same way. */
  firstRollout: z.array(z.record(z.string(), z.unknown())).optional(),
});
export type Policy = z.infer<typeof Policy>;

/** While it stands, `to` may decide in the place of whoever holds the key `by`. */
export const Delegation = z.strictObject({
  /** Digest of the signed payload: names it. */
  digest: Digest,
  /** Key id of the delegator. */
  by: z.string(),
  /** A person's configured name. */
  to: z.string(),
  /** ISO 8601: from when, by the audit chain, until when. */
  from: z.string(),
  until: z.string(),
  revoked: z.string().nullable(),
});
export type Delegation = z.infer<typeof Delegation>;

/** The signed head of an audit chain, to be kept elsewhere. */
export const HeadPayload = z.strictObject({
  v: z.literal(1),
  project: z.string(),
  seq: z.int().nonnegative(),
  hash: Digest,
  at: z.iso.datetime(),
});
export const SignedHead = HeadPayload.extend({
  /** `ed25519:` + base64. */
  publicKey: z.string(),
  /** Canonical base64 of Ed25519 over the RFC 8785 JSON of all but `publicKey` and `signature`. */
  signature: z.string().regex(SIGNATURE),
});
export type SignedHead = z.infer<typeof SignedHead>;
