import {log} from '@temporalio/activity';
import {z} from 'zod';
import {askInstead} from '../../core/access/rights.ts';
import {knownKeys, standsFor} from '../../core/approval/delegations.ts';
import type {KnownKey} from '../../core/approval/check-decision.ts';
import {DECISION_LASTS_MS, outOfTime} from '../../core/approval/lifetime.ts';
import {payloadDigest, verifyDecision as holds} from '../../core/approval/signature.ts';
import {ApprovalInput, ApprovalResult, SignedDecision} from '../../schemas/approval.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {short} from '../../schemas/names.ts';
import {readPublicKey, type ResolvedApprover} from '../../stores/access/keys.ts';
import {publicKeyText} from '../../stores/access/rules.ts';
import {currentRules} from '../access/current-rules.ts';
import {activity} from '../activity.ts';
import {tell} from '../notify/tell.ts';
import {auditOnce} from './audit-once.ts';
import {ownApproval, type ApprovalContext} from './own-approval.ts';

export {openApproval} from './open-approval.ts';

export type Verified =
  | {
      readonly status: 'verified';
      readonly by: string;
      /** `ed25519:` + base64 of the key that the signature holds by; missing in histories from before it was handed on. */
      readonly publicKey?: string;
      readonly keys: KnownKey[];
      /** An approver themselves, and in whose place they decide; missing in histories from before there were delegations. */
      readonly own?: boolean;
      readonly standsFor?: string[];
    }
  | {readonly status: 'refused'; readonly reason: string; readonly keys: KnownKey[]};

/** An approval as it asks: its input, its Temporal run ID, the time it began. */
const OpenApproval = z.strictObject({input: ApprovalInput, run: z.string(), since: z.iso.datetime()});
type OpenApproval = z.infer<typeof OpenApproval>;
const KeysInput = z.strictObject({project: z.string()});
const VerifyInput = OpenApproval.extend({decision: SignedDecision});
const RecordInput = VerifyInput.extend({
  by: z.string(),
  publicKey: z.string().optional(),
  at: z.string(),
  refused: z.string().nullable(),
});
const RemindInput = OpenApproval.extend({
  deadline: z.string(),
  approvals: z.int(),
  /** In words; missing in histories from before there were groups. */
  missing: z.string().default(''),
});
const TellInput = OpenApproval.extend({to: z.array(z.string()), deadline: z.string(), missing: z.string()});
const CloseInput = OpenApproval.extend({result: ApprovalResult});

/** The keys that the project knows now. */
export const approverKeys = activity(
  'cpu',
  KeysInput,
  async ({project}, context: ApprovalContext): Promise<KnownKey[]> => {
    return knownKeys(await currentRules(context, project), Date.now());
  },
);

/** Signature, current key and current role of a decision. A refusal is audited, once a signed payload. */
export const verifyDecision = activity(
  'cpu',
  VerifyInput,
  async (asked, context: ApprovalContext): Promise<Verified> => {
    const {decision} = asked;
    const rules = await currentRules(context, asked.input.project);
    const now = Date.now();
    const keys = knownKeys(rules, now);
    const approver = rules.people.find(({id}) => id === decision.payload.key);
    const inPlaceOf = approver ? standsFor(approver.name, now, rules) : [];
    const reason =
      refusal(decision, approver, {inPlaceOf, people: rules.people}) ??
      outOfTime(decision.payload.expiry, now, DECISION_LASTS_MS);
    if (reason === null) {
      const {name: by, publicKey, roles} = approver!;
      return {
        status: 'verified',
        by,
        publicKey: publicKeyText(publicKey),
        keys,
        own: roles.includes('approver'),
        standsFor: inPlaceOf,
      };
    }
    await auditRefusal(context, asked, decision, approver?.name ?? null, reason);
    return {status: 'refused', reason, keys};
  },
);

/**
 * Audits a verified decision: counted, or refused after all since another one came first. Throws NotPermitted for one whose
 * signature does not hold by the key it is recorded with.
 */
export const recordDecision = activity(
  'cpu',
  RecordInput,
  async (asked, context: ApprovalContext): Promise<void> => {
    const {decision, by, refused} = asked;
    if (refused !== null) {
      await auditRefusal(context, asked, decision, by, refused);
      return;
    }
    // What was verified counts already: it is recorded by the key it was verified with, whatever the YAML says meanwhile.
    const publicKey = asked.publicKey ?? (await publicKeyOf(decision, asked.input.project, context));
    if (publicKey === null || !holds(decision, readPublicKey(publicKey, 'its public key')))
      throw new RatchetError(
        'NotPermitted',
        `a decision of ${by} is not recorded: its signature is not by key ${decision.payload.key}`,
      );
    const digest = payloadDigest(decision.payload);
    await auditOnce(context.stores, {
      project: asked.input.project,
      kind: 'decision',
      actor: by,
      once: `decision/${digest}`,
      data: {
        payloadDigest: digest,
        runId: asked.input.runId,
        // By this clock, whatever the asker's says.
        at: new Date().toISOString(),
        payload: decision.payload,
        signature: decision.signature,
        publicKey,
      },
    });
  },
);

/** Reminds people, in the worker's log and where the project's `notify` says, of an approval that waits. Returns the keys that the project knows now. */
export const remindApprovers = activity(
  'cpu',
  RemindInput,
  async (
    {input: asked, run, deadline, approvals, missing},
    context: ApprovalContext,
  ): Promise<KnownKey[]> => {
    const {release} = asked.digests;
    const rules = await currentRules(context, asked.project);
    const names = rules.people.filter(({roles}) => roles.includes('approver')).map(({name}) => name);
    const open = missing || `${asked.required - approvals} more approval(s)`;
    log.warn(
      `${asked.project}: release ${short(release)} waits for ${open} until ` +
        `${deadline}, of ${names.join(', ') || 'nobody yet'}: ratchet approve ${short(release)}`,
    );
    const at = new Date().toISOString();
    await tell(
      {
        id: `approval_reminder/${run}/${at.slice(0, 13)}`,
        event: 'approval_reminder',
        project: asked.project,
        at,
        facts: {run: asked.runId, release, deadline, missing: open},
      },
      context,
    );
    return knownKeys(rules, Date.now());
  },
);

/**
 * Tells people that an approval has waited so long that they may decide now, in the worker's log and by the project's
 * webhooks, and audits that. Gives the keys that the project knows now.
 */
export const tellPeople = activity(
  'cpu',
  TellInput,
  async ({input: asked, run, to, deadline, missing}, context: ApprovalContext): Promise<KnownKey[]> => {
    const {project, runId, digests} = asked;
    log.warn(
      `${project}: release ${short(digests.release)} still waits for ${missing}; ${to.join(', ')} may decide now, until ` +
        `${deadline}: ratchet approve ${short(digests.release)}`,
    );
    await auditOnce(context.stores, {
      project,
      kind: 'escalation',
      actor: 'approval',
      once: `escalation/${run}/${to.join(',')}`,
      data: {run, runId, release: digests.release, to, missing},
    });
    const at = new Date().toISOString();
    await tell(
      {
        id: `approval_reminder/${run}/${to.join('+')}`,
        event: 'approval_reminder',
        project,
        at,
        facts: {run: runId, release: digests.release, deadline, missing, asked: to.join(', ')},
      },
      context,
    );
    return knownKeys(await currentRules(context, project), Date.now());
  },
);

/**
 * Audits the result of the approval: the record that a rollout is checked against. That it is the run's own, and when it began,
 * is what Temporal says, whatever the asker does. Throws NotPermitted for an approval that somebody started by hand.
 */
export const closeApproval = activity(
  'cpu',
  CloseInput,
  async ({input: asked, run, result}, context: ApprovalContext): Promise<void> => {
    const since = await ownApproval({project: asked.project, runId: asked.runId, run}, context);
    const {project, runId, digests, required, startedBy, starterKey, starterMayApprove} = asked;
    const groups = (asked.quorum ?? []).length > 0 ? {quorum: asked.quorum} : {};
    const escalation = (asked.escalation ?? []).length > 0 ? {escalation: asked.escalation} : {};
    await auditOnce(context.stores, {
      project,
      kind: 'approval',
      once: `approval/${run}`,
      actor: result.decisions.map(({by}) => by).join(', ') || 'nobody',
      data: {
        status: result.status,
        run,
        runId,
        digests,
        required,
        startedBy,
        starterKey,
        starterMayApprove,
        asked: since,
        parent: runId,
        ...groups,
        ...escalation,
        decisions: result.decisions.map(({action, by, key, at}) => ({action, by, key, at})),
      },
    });
  },
);

async function publicKeyOf(
  {payload}: SignedDecision,
  project: string,
  context: ApprovalContext,
): Promise<string | null> {
  const {people} = await currentRules(context, project);
  const key = people.find(({id}) => id === payload.key)?.publicKey;
  return key === undefined ? null : publicKeyText(key);
}

function refusal(
  decision: SignedDecision,
  approver: ResolvedApprover | undefined,
  {inPlaceOf, people}: {readonly inPlaceOf: readonly string[]; readonly people: readonly ResolvedApprover[]},
): string | null {
  const {key} = decision.payload;
  const instead = askInstead({act: 'approve', target: null, people});
  if (!approver)
    return `key ${key} is not among the project's approvers now: add it to ratchet.yaml, or use another${instead}`;
  if (!approver.roles.includes('approver') && inPlaceOf.length === 0) {
    return `key ${key} (${approver.name}) has the roles ${approver.roles.join(', ')}, expected approver, and nobody has delegated to ${approver.name}${instead}`;
  }
  if (!holds(decision, approver.publicKey)) {
    return `the signature is not by key ${key} (${approver.name}) over this payload: sign it with that key`;
  }
  return null;
}

async function auditRefusal(
  context: ApprovalContext,
  {input: asked, run}: OpenApproval,
  decision: SignedDecision,
  owner: string | null,
  reason: string,
): Promise<void> {
  const digest = payloadDigest(decision.payload);
  await auditOnce(context.stores, {
    project: asked.project,
    kind: 'decision_refused',
    once: `decision_refused/${digest}`,
    // A decision that was not verified names a key, it does not prove one.
    actor: owner === null ? `key ${decision.payload.key}` : `key of ${owner}`,
    data: {payloadDigest: digest, run, runId: asked.runId, key: decision.payload.key, reason},
  });
}
