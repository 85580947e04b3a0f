import {z} from 'zod';
import {ApprovalInput, ApprovalResult, SignedDecision} from '../../schemas/approval.ts';
import type {AuditEntry} from '../../schemas/audit.ts';
import type {KnownKey} from '../../core/approval/judge.ts';
import {payloadDigest, verifyDecision} from '../../core/approval/signature.ts';
import type {ResolvedApprover} from '../../stores/keys.ts';
import {failing} from '../failure.ts';
import {parse} from '../parse.ts';

/** What the approval's activities need from outside. */
export interface ApprovalPorts {
  /** The project's approvers as its ratchet.yaml has them now. */
  readonly approvers: (project: string) => Promise<readonly ResolvedApprover[]>;
  /** Appends to the audit chain, at most once per `once`. */
  readonly audit: (entry: AuditNote) => Promise<unknown>;
  /** Tells people that an approval waits. */
  readonly notify: (message: string) => Promise<void>;
}
export type AuditNote = Pick<AuditEntry, 'project' | 'kind' | 'actor' | 'data'> & {readonly once: string};

export type Verified =
  | {readonly status: 'verified'; readonly by: string; readonly keys: KnownKey[]}
  | {readonly status: 'refused'; readonly reason: string; readonly keys: KnownKey[]};

const Asked = z.strictObject({input: ApprovalInput, run: z.string()});
const VerifyInput = Asked.extend({decision: SignedDecision});
const RecordInput = VerifyInput.extend({by: z.string(), at: z.string(), refused: z.string().nullable()});
const RemindInput = Asked.extend({deadline: z.string(), approvals: z.int()});
const CloseInput = Asked.extend({result: ApprovalResult});

export type ApprovalActivities = ReturnType<typeof approvalActivities>;

/** The approval's activities: all of them may run twice with one effect. */
export function approvalActivities(ports: ApprovalPorts) {
  const knownKeys = (approvers: readonly ResolvedApprover[]): KnownKey[] =>
    approvers.map(({id, name, roles}) => ({id, name, roles}));

  return {
    /** The keys that may decide now. */
    async approverKeys(input: {project: string}): Promise<KnownKey[]> {
      return failing(async () => {
        const {project} = parse(z.strictObject({project: z.string()}), input, 'approverKeys');
        return knownKeys(await ports.approvers(project));
      });
    },

    /** Signature, current key and current role of a decision. A refusal is audited here, once a signed payload. */
    async verifyDecision(input: z.input<typeof VerifyInput>): Promise<Verified> {
      return failing(async () => {
        const {input: asked, run, decision} = parse(VerifyInput, input, 'verifyDecision');
        const approvers = await ports.approvers(asked.project);
        const keys = knownKeys(approvers);
        const approver = approvers.find(({id}) => id === decision.payload.key);
        const reason = refusal(decision, approver);
        if (reason === null) return {status: 'verified', by: approver!.name, keys};
        await ports.audit(refusalNote(asked, run, decision, approver?.name ?? null, reason));
        return {status: 'refused', reason, keys};
      });
    },

    /** Audits a verified decision: counted, or refused after all since another one came first. */
    async recordDecision(input: z.input<typeof RecordInput>): Promise<void> {
      return failing(async () => {
        const {input: asked, run, decision, by, at, refused} = parse(RecordInput, input, 'recordDecision');
        if (refused !== null) {
          await ports.audit(refusalNote(asked, run, decision, by, refused));
          return;
        }
        const approvers = await ports.approvers(asked.project);
        const publicKey = approvers.find(({id}) => id === decision.payload.key)?.publicKey;
        const digest = payloadDigest(decision.payload);
        await ports.audit({
          project: asked.project,
          kind: 'decision',
          actor: by,
          once: `decision/${digest}`,
          data: {
            payloadDigest: digest,
            runId: asked.runId,
            at,
            payload: decision.payload,
            signature: decision.signature,
            publicKey: publicKey ? `ed25519:${Buffer.from(publicKey).toString('base64')}` : null,
          },
        });
      });
    },

    /** Reminds people of an approval that waits. Returns the keys that may decide now. */
    async remindApprovers(input: z.input<typeof RemindInput>): Promise<KnownKey[]> {
      return failing(async () => {
        const {input: asked, deadline, approvals} = parse(RemindInput, input, 'remindApprovers');
        await ports.notify(
          `${asked.project}: release ${asked.digests.release.slice(0, 12)} waits for ${asked.required - approvals} ` +
            `more approval(s) until ${deadline}: ratchet approve ${asked.digests.release.slice(0, 12)}`,
        );
        return knownKeys(await ports.approvers(asked.project));
      });
    },

    /** Audits what the approval came to: the record that a rollout is checked against. */
    async closeApproval(input: z.input<typeof CloseInput>): Promise<void> {
      return failing(async () => {
        const {input: asked, run, result} = parse(CloseInput, input, 'closeApproval');
        await ports.audit({
          project: asked.project,
          kind: 'approval',
          actor: result.decisions.map(({by}) => by).join(', ') || 'nobody',
          once: `approval/${run}`,
          data: {
            status: result.status,
            run,
            runId: asked.runId,
            digests: asked.digests,
            required: asked.required,
            startedBy: asked.startedBy,
            starterKey: asked.starterKey,
            starterMayApprove: asked.starterMayApprove,
            decisions: result.decisions.map(({action, by, key, at}) => ({action, by, key, at})),
          },
        });
      });
    },
  };
}

function refusal(decision: SignedDecision, approver: ResolvedApprover | undefined): string | null {
  const {key} = decision.payload;
  if (!approver)
    return `key ${key} is not among the project's approvers now: add it to ratchet.yaml, or use another`;
  if (!approver.roles.includes('approver')) {
    return `key ${key} (${approver.name}) has the roles ${approver.roles.join(', ')}, expected approver`;
  }
  if (!verifyDecision(decision, approver.publicKey)) {
    return `the signature is not by key ${key} (${approver.name}) over this payload: sign it with that key`;
  }
  return null;
}

function refusalNote(
  asked: ApprovalInput,
  run: string,
  decision: SignedDecision,
  by: string | null,
  reason: string,
): AuditNote {
  const digest = payloadDigest(decision.payload);
  return {
    project: asked.project,
    kind: 'decision_refused',
    // An unverified decision names a key, it does not prove one.
    actor: by === null ? `key ${decision.payload.key}` : `key of ${by}`,
    once: `decision_refused/${digest}`,
    data: {payloadDigest: digest, run, runId: asked.runId, key: decision.payload.key, reason},
  };
}
