import {namesAdmin} from '../../core/access/policy.ts';
import {standsFor} from '../../core/approval/delegations.ts';
import {outcomeOf} from '../../core/approval/judge.ts';
import type {Counted} from '../../core/approval/judge.ts';
import {verifyDecision} from '../../core/approval/signature.ts';
import {openGates} from '../../core/evaluation/verdict.ts';
import {digestOf} from '../../core/identity/digest.ts';
import type {SignedDecision} from '../../schemas/approval.ts';
import type {AuditEntry} from '../../schemas/audit.ts';
import type {RolloutInput} from '../../schemas/deployment.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {short} from '../../schemas/names.ts';
import {Report} from '../../schemas/report.ts';
import type {AccessState} from '../../stores/access-history.ts';
import type {ActivityContext} from '../context.ts';
import {currentRules} from '../access/current-rules.ts';
import {recordedOf} from './recorded-approval.ts';

export type PermissionContext = Pick<ActivityContext, 'client' | 'file' | 'folder' | 'stores'>;

/** The audit entry that ended the approval which permits a rollout. */
export interface Permission {
  readonly entry: number;
}

/**
 * Throws NotPermitted unless this very release passed the gauntlet against this very stable, and enough approvers, by the
 * project's current keys and rules, signed exactly these digests. Nothing is believed that came with the input: the report
 * is read from the store by its digest, the decisions and who started the run from the audit chain with their signatures.
 */
export async function checkPermission(input: RolloutInput, context: PermissionContext): Promise<Permission> {
  const {policy, ...digests} = await passingReport(input, context);
  return approvedDigests(input, {digests, policy}, context);
}

/**
 * Why the gates, or the steps, are not those of the policy that an admin signed: the one in force now, or when the approval
 * ended; null if they are, or no admin is named. Whoever starts a gauntlet or a rollout by hand chooses neither.
 */
function otherPolicy(
  {steps}: RolloutInput,
  gates: string,
  end: AuditEntry | null,
  {policies, policy}: AccessState,
): string | null {
  if (!namesAdmin(policy)) return null;
  const then = policies.findLast(({entry}) => entry < (end?.seq ?? 0));
  const now = policies.at(-1)!;
  const allowed = [then, now].filter((one) => one !== undefined);
  if (!allowed.some(({gauntlet}) => gauntlet === gates))
    return `it was judged by other gates (${short(gates)}) than the policy in force has (${short(now.gauntlet)})`;
  return allowed.some(({rollout}) => rollout === digestOf(steps))
    ? null
    : 'its steps are not those of the policy in force';
}

type Digests = SignedDecision['payload']['digests'];
/** What the report says of itself. */
type Reported = Digests & {readonly policy: string};

async function passingReport(input: RolloutInput, {stores}: PermissionContext): Promise<Reported> {
  const {project, release, stable, proof} = input;
  const ref = proof.gauntlet.report;
  const report = await stores.artifacts.getJson(ref, Report);
  const about = `report ${short(ref.sha256)}`;
  if (report.project !== project || report.release !== release) {
    throw notPermitted(input, `${about} is about release ${short(report.release)} of ${report.project}`);
  }
  if (report.stable !== stable) {
    throw notPermitted(
      input,
      `${about} compares with ${short(report.stable)}, the rollout would replace ${short(stable)}`,
    );
  }
  const [open] = openGates(report.gates);
  if (open) throw notPermitted(input, `gate ${open.spec.metric} is ${open.verdict} in ${about}`);
  if (report.verdict !== 'pass') throw notPermitted(input, `${about} has the verdict ${report.verdict}`);
  if (report.dataset === null) throw notPermitted(input, `${about} names no dataset`);
  return {release, dataset: report.dataset, report: ref.sha256, policy: report.policy};
}

async function approvedDigests(
  input: RolloutInput,
  {digests, policy}: {readonly digests: Digests; readonly policy: string},
  context: PermissionContext,
): Promise<Permission> {
  const {approval, people, delegations, access} = await currentRules(context, input.project);
  const {closed, entry: end, decisions, starters, amiss} = await recordedOf(input, people, context);
  if (!closed) throw notPermitted(input, `the audit chain holds no approval of run ${input.runId}`);
  if (closed.status !== 'approved') throw notPermitted(input, `run ${input.runId} was ${closed.status}`);
  if (amiss !== null) throw notPermitted(input, `who started run ${input.runId} is not proved: ${amiss}`);
  const other = otherPolicy(input, policy, end, access.history.state);
  if (other !== null) throw notPermitted(input, other);

  const counted = decisions.flatMap(({entry, signed}): Counted[] => {
    const {payload, signature} = signed;
    const approver = people.find(({id}) => id === payload.key);
    if (!approver || !verifyDecision(signed, approver.publicKey)) return [];
    const own = approver.roles.includes('approver');
    const inPlaceOf = standsFor(approver.name, Date.parse(entry.at), {delegations, people});
    if (!own && inPlaceOf.length === 0) return [];
    if (payload.project !== input.project || payload.run !== closed.run) return [];
    if (!sameDigests(payload.digests, digests)) return [];
    const {action, key, comment} = payload;
    const vote = {own, standsFor: inPlaceOf};
    return [{action, key, comment, by: approver.name, at: entry.at, payload, signature, ...vote}];
  });
  const since = closed.asked === undefined ? Date.parse(end!.at) : Date.parse(closed.asked);
  const rules = {counted, ...approval, since, now: Date.parse(end!.at)};
  if (starters.every((starter) => outcomeOf({...rules, ...starter}) === 'approved')) return {entry: end!.seq};
  const names = counted.map(({by, action}) => `${by} to ${action}`).join(', ') || 'nobody';
  throw notPermitted(
    input,
    `of ${decisions.length} recorded decisions ${counted.length} hold by the project's present keys and rules (${names}), ` +
      `${approval.required} approval(s) needed of exactly these digests`,
  );
}

function sameDigests(a: Digests, b: Digests): boolean {
  return a.release === b.release && a.dataset === b.dataset && a.report === b.report;
}

/** Nothing of the rollout is moved for this reason. */
export function notPermitted(input: RolloutInput, why: string): RatchetError {
  return new RatchetError(
    'NotPermitted',
    `release ${short(input.release)} of ${input.project} is not rolled out: ${why}; run the lifecycle again`,
  );
}
