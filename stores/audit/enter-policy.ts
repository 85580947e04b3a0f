import {changesOf, namesAdmin, policyDigest} from '../../core/access/policy.ts';
import {ACT_LASTS_MS, outOfTime} from '../../core/approval/lifetime.ts';
import {digestOf} from '../../core/identity/digest.ts';
import type {Policy, ProvedAct} from '../../schemas/access.ts';
import type {AuditEntry} from '../../schemas/audit.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {readAccess} from '../access/access.ts';
import type {Stores} from '../stores.ts';

export type PolicyEntered =
  /** It was in force already, or is now. */
  | {readonly status: 'in_force'; readonly digest: string; readonly changes: readonly string[]}
  /** It needs an admin's signature. */
  | {readonly status: 'needs_signature'; readonly digest: string; readonly changes: readonly string[]};

/** As often as others may enter one in between. */
const ATTEMPTS = 20;

/**
 * Brings a policy into force, audited with what changed: by itself where the one in force names no admin, else only with
 * `signed`, an admin's act over its digest and that of the one in force. Throws PointerConflict where others keep entering
 * other ones meanwhile, DecisionRefused where the signature does not do.
 */
export async function enterPolicy(
  stores: Pick<Stores, 'artifacts' | 'audit' | 'objects' | 'rowKey'>,
  policy: Policy,
  about: {
    readonly actor: string;
    readonly run?: string;
    readonly signed?: ProvedAct;
  },
): Promise<PolicyEntered> {
  const {project} = policy;
  const late = about.signed && outOfTime(about.signed.payload.expiry, Date.now(), ACT_LASTS_MS);
  if (late) throw new RatchetError('DecisionRefused', `the policy is not entered: ${late}`);
  const digest = policyDigest(policy);
  // What the report names as its gates: found by its digest.
  await stores.artifacts.putJson(policy.gauntlet);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const {history, seq} = await readAccess(stores, project);
    const former = history.state.policy;
    const changes = changesOf(former, policy);
    if (history.digest === digest) return {status: 'in_force', digest, changes: []};
    if (about.signed === undefined && namesAdmin(former)) return {status: 'needs_signature', digest, changes};
    const fact = {
      kind: 'policy',
      actor: about.actor,
      data: {
        changes,
        former: history.digest,
        policy: digest,
        gates: digestOf(policy.gauntlet),
        document: policy,
        ...(about.run === undefined ? {} : {run: about.run}),
        ...(about.signed === undefined ? {} : {signed: about.signed}),
      },
    };
    // Tried out first: what would not come into force is not entered.
    const refused = history.take(draft(project, seq, fact));
    if (refused !== null) throw new RatchetError('DecisionRefused', `the policy is not entered: ${refused}`);
    let other = false;
    await stores.audit(project).append(fact, (one) => {
      if (one.seq <= seq) return 'stop';
      other ||= one.kind === 'policy';
      return other ? 'skip' : 'look';
    });
    if (!other) return {status: 'in_force', digest, changes};
  }
  throw new RatchetError(
    'PointerConflict',
    `the policy of ${project} changed under each of ${ATTEMPTS} attempts: try again`,
  );
}

/** An entry as it would be, behind this one; its place in the chain is found when it is appended. */
function draft(project: string, seq: number, fact: Pick<AuditEntry, 'kind' | 'actor' | 'data'>): AuditEntry {
  return {v: 1, seq, prev: '', at: new Date().toISOString(), project, ...fact, hash: '0'.repeat(64)};
}
