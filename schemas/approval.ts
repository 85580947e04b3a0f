import {z} from 'zod';
import {Digest} from './artifact.ts';
import {SIGNATURE} from './acts.ts';
import {Expiry} from './expiry.ts';

export const DecisionDigests = z.strictObject({release: Digest, dataset: Digest, report: Digest});

/** What an approver signs: Ed25519 over its RFC 8785 JSON. */
export const DecisionPayload = z.strictObject({
  v: z.literal(1),
  project: z.string(),
  action: z.enum(['approve', 'reject']),
  digests: DecisionDigests,
  /** The approval workflow's Temporal run ID. */
  run: z.string(),
  /** Key id: first 16 hex digits of sha256 over the raw 32-byte public key. */
  key: z.string().regex(/^[0-9a-f]{16}$/),
  comment: z.string().max(2000),
  /** The decision is refused after it. */
  expiry: Expiry,
});
export type DecisionPayload = z.infer<typeof DecisionPayload>;

export const SignedDecision = z.strictObject({
  payload: DecisionPayload,
  /** Canonical base64 of the 64-byte Ed25519 signature. */
  signature: z.string().regex(SIGNATURE),
});
export type SignedDecision = z.infer<typeof SignedDecision>;

export const ROLES = ['viewer', 'operator', 'approver', 'admin'] as const;
/** What an operator's act may move. */
export const TARGETS = ['canary', 'stable'] as const;
export const Approver = z.strictObject({
  name: z.string(),
  /** `ed25519:` + base64 of the raw 32-byte public key, or `file:` + a path (relative to the YAML) of a public key PEM. */
  key: z.string(),
  roles: z.array(z.enum(ROLES)).min(1),
  /** Of an operator; both if missing. */
  moves: z.array(z.enum(TARGETS)).min(1).optional(),
});
export type Approver = z.infer<typeof Approver>;
/** An approver as a policy names them: the key in full. */
export const Person = Approver;
export type Person = Approver;

/** So many of these people have to approve. */
export const QuorumGroup = z.strictObject({of: z.array(z.string()).min(1), required: z.int().min(1)});
export type QuorumGroup = z.infer<typeof QuorumGroup>;
/** Who may decide too, once nothing was decided for so long. */
export const Escalation = z.strictObject({afterMs: z.int().positive(), to: z.array(z.string()).min(1)});
export type Escalation = z.infer<typeof Escalation>;

/** Who has to approve, as it was settled. */
export const ApprovalRules = z.strictObject({
  required: z.int().min(1),
  starterMayApprove: z.boolean(),
  quorum: z.array(QuorumGroup),
  escalation: z.array(Escalation),
});
export type ApprovalRules = z.infer<typeof ApprovalRules>;

export const ApprovalInput = z.strictObject({
  project: z.string(),
  runId: z.string(),
  digests: DecisionDigests,
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  startedBy: z.string(),
  /** Key id of the starter's signing key, '' if none. */
  starterKey: z.string(),
  /** How many different approvers have to approve. Who is one is read from the project whenever a decision is verified. */
  required: z.int().min(1),
  starterMayApprove: z.boolean(),
  timeoutMs: z.int().positive(),
  reminderMs: z.int().positive(),
  /** Each of these groups has to approve too; none if missing. */
  quorum: z.array(QuorumGroup).optional(),
  /** In their order; nobody if missing. */
  escalation: z.array(Escalation).optional(),
});
export type ApprovalInput = z.infer<typeof ApprovalInput>;

export const CountedDecision = z.strictObject({
  action: z.enum(['approve', 'reject']),
  by: z.string(),
  key: z.string(),
  at: z.string(),
  comment: z.string(),
});
export type CountedDecision = z.infer<typeof CountedDecision>;

export const ApprovalResult = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('approved'),
    digests: DecisionDigests,
    decisions: z.array(CountedDecision),
    at: z.string(),
  }),
  z.strictObject({
    status: z.literal('rejected'),
    digests: DecisionDigests,
    decisions: z.array(CountedDecision),
    comment: z.string(),
    at: z.string(),
  }),
  z.strictObject({
    status: z.literal('expired'),
    digests: DecisionDigests,
    decisions: z.array(CountedDecision),
    at: z.string(),
  }),
]);
export type ApprovalResult = z.infer<typeof ApprovalResult>;
