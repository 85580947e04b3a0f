import {policyDigest} from '../../../core/access/policy.ts';
import {payloadDigest, signDecision} from '../../../core/approval/signature.ts';
import {digestOf} from '../../../core/identity/digest.ts';
import type {Policy, ProvedAct} from '../../../schemas/access.ts';
import type {DecisionPayload} from '../../../schemas/approval.ts';
import type {AuditEntry} from '../../../schemas/audit.ts';
import {readAccess} from '../../../stores/access/access.ts';
import type {AuditFact} from '../../../stores/audit/audit.ts';
import type {Stores} from '../../../stores/stores.ts';
import {as, person, proved, type TestPerson} from '../../people.ts';

export const PROJECT = 'post';
export const [A, B, C] = ['a', 'b', 'c'].map((letter) => letter.repeat(64)) as [string, string, string];

export const people = {
  adam: person('adam'),
  anna: person('anna'),
  ben: person('ben'),
  otto: person('otto'),
  eve: person('eve'),
};
const {adam, anna, ben, otto, eve} = people;

/** adam is admin, anna and ben approve, otto operates, eve looks on. */
export function policyOfTest(change: Partial<Policy> = {}): Policy {
  return {
    v: 1,
    project: PROJECT,
    people: [
      as(adam, 'admin'),
      as(anna, 'approver'),
      as(ben, 'approver'),
      as(eve, 'viewer'),
      as(otto, 'operator'),
    ],
    approval: {required: 1, starterMayApprove: false, quorum: [], escalation: []},
    gauntlet: {gates: []},
    rollout: [],
    ...change,
  };
}

/** Names a run of the test: its lifecycle, the Temporal run of its approval, its rollout. */
export interface Run {
  readonly id: string;
  readonly approval: string;
  readonly rollout: string;
}
export function run(name: string): Run {
  const id = `lifecycle/${PROJECT}/${name}`;
  return {id, approval: `approval of ${name}`, rollout: `rollout/${id}`};
}

export const digestsOf = (release: string): DecisionPayload['digests'] => ({release, dataset: C, report: C});

export function policyFact(policy: Policy, former: string | null, signed?: ProvedAct): AuditFact {
  const data = {former, policy: policyDigest(policy), gates: digestOf(policy.gauntlet), document: policy};
  return {kind: 'policy', actor: 'adam', data: {...data, ...(signed && {signed})}};
}

/** Brings a policy into force, signed by adam over the one before it. */
export async function enter(stores: Stores, policy: Policy, at?: string): Promise<AuditEntry> {
  const {history} = await readAccess(stores, PROJECT);
  const about = {policy: policyDigest(policy), former: history.digest ?? ''};
  const signed = proved(adam, {project: PROJECT, act: 'policy', about});
  const fact = policyFact(policy, history.digest, signed);
  return stores.audit(PROJECT).append({...fact, ...(at !== undefined && {at})});
}

export interface DecidedBy {
  readonly run: Run;
  readonly release: string;
  readonly change?: Partial<DecisionPayload>;
}
export function decisionFact(by: TestPerson, {run: of, release, change}: DecidedBy): AuditFact {
  const payload: DecisionPayload = {
    v: 1,
    project: PROJECT,
    action: 'approve',
    digests: digestsOf(release),
    run: of.approval,
    key: by.id,
    comment: '',
    expiry: '2036-01-01T00:00:00Z',
    ...change,
  };
  const signed = signDecision(payload, by.privateKey);
  return {
    kind: 'decision',
    actor: by.name,
    data: {...signed, payloadDigest: payloadDigest(payload), publicKey: by.key, runId: of.id},
  };
}

/** What closes an approval, as the approval's last activity records it. */
export function approvalFact(
  of: Run,
  release: string,
  approvers: readonly TestPerson[],
  change: Record<string, unknown> = {},
): AuditFact {
  return {
    kind: 'approval',
    actor: approvers.map(({name}) => name).join(', '),
    data: {
      status: 'approved',
      run: of.approval,
      runId: of.id,
      digests: digestsOf(release),
      required: 1,
      startedBy: 'otto',
      starterKey: otto.id,
      starterMayApprove: false,
      asked: '2026-01-01T00:00:00.000Z',
      decisions: approvers.map(({name, id}) => ({action: 'approve', by: name, key: id})),
      ...change,
    },
  };
}

/** A run's approval as it comes about: a signed decision each, and its end. */
export async function approve(
  stores: Stores,
  of: Run,
  release: string,
  approvers: readonly TestPerson[] = [anna],
): Promise<void> {
  const chain = stores.audit(PROJECT);
  for (const by of approvers) await chain.append(decisionFact(by, {run: of, release}));
  await chain.append(approvalFact(of, release, approvers));
}

/** What one approver's approval leaves in a chain of any project: the signed decision, and what closes it. */
export function approvedFacts(
  {
    project,
    runId,
    digests,
  }: {
    readonly project: string;
    readonly runId: string;
    readonly digests: DecisionPayload['digests'];
  },
  by: TestPerson = anna,
): readonly [AuditFact, AuditFact] {
  const of: Run = {id: runId, approval: `approval of ${runId}`, rollout: `rollout/${runId}`};
  return [
    decisionFact(by, {run: of, release: digests.release, change: {project, digests}}),
    approvalFact(of, digests.release, [by], {digests}),
  ];
}
