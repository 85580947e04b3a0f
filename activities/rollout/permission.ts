import {namesAdmin} from '../../core/access/policy.ts';
import {standsFor} from '../../core/approval/delegations.ts';
import {outcomeOf} from '../../core/approval/check-decision.ts';
import type {Counted} from '../../core/approval/check-decision.ts';
import {verifyDecision} from '../../core/approval/signature.ts';
import {openGates} from '../../core/evaluation/verdict.ts';
import {digestOf} from '../../core/identity/digest.ts';
import type {SignedDecision} from '../../schemas/approval.ts';
import type {RolloutInput} from '../../schemas/deployment.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {short} from '../../schemas/names.ts';
import {Report} from '../../schemas/report.ts';
import type {AccessState} from '../../stores/access/access-history.ts';
import {followedChain} from '../../stores/audit/followed-chain.ts';
import {nameNow, type Starter} from '../../stores/audit/run-starters.ts';
import type {ActivityContext} from '../context.ts';
import {currentRules} from '../access/current-rules.ts';

export type PermissionContext = Pick<ActivityContext, 'client' | 'file' | 'folder' | 'stores'>;

/**
 * Throws NotPermitted unless this very release passed the gauntlet against this very stable, and enough approvers, by the
 * project's current keys and rules, signed exactly these digests. Nothing is believed that came with the input: the report
 * is read from the store by its digest, the decisions and who started the run from the audit chain with their signatures.
 */
export async function checkPermission(input: RolloutInput, context: PermissionContext): Promise<void> {
  const {policy, ...digests} = await passingReport(input, context);
  await approvedDigests(input, {digests, policy}, context);
}

/**
 * Why the gates, or the steps, are not those of the policy that an admin signed: the one in force now, or when the approval
 * ended; null if they are, or no admin is named. Whoever starts a gauntlet or a rollout by hand chooses neither.
 */
function otherPolicy(
  {steps}: RolloutInput,
  gates: string,
  closed: number,
  {policies, policy}: AccessState,
): string | null {
  if (!namesAdmin(policy)) return null;
  const then = policies.findLast(({entry}) => entry < closed);
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
): Promise<void> {
  const {approval, people, delegations, access} = await currentRules(context, input.project);
  const {approvals} = await followedChain(context.stores, input.project).read();
  const {closed, decisions, starters, amiss} = approvals.recorded(input.runId);
  if (closed === null) throw notPermitted(input, `the audit chain holds no approval of run ${input.runId}`);
  if (closed.status !== 'approved') throw notPermitted(input, `run ${input.runId} was ${closed.status}`);
  if (amiss !== null) throw notPermitted(input, `who started run ${input.runId} is not proved: ${amiss}`);
  const other = otherPolicy(input, policy, closed.entry, access.history.state);
  if (other !== null) throw notPermitted(input, other);

  const counted = decisions.flatMap(({payload, signature, at}): Counted[] => {
    const approver = people.find(({id}) => id === payload.key);
    if (!approver || !verifyDecision({payload, signature}, approver.publicKey)) return [];
    const own = approver.roles.includes('approver');
    const inPlaceOf = standsFor(approver.name, Date.parse(at), {delegations, people});
    if (!own && inPlaceOf.length === 0) return [];
    if (payload.run !== closed.run || !sameDigests(payload.digests, digests)) return [];
    const {action, key, comment} = payload;
    return [{action, key, comment, by: approver.name, at, payload, signature, own, standsFor: inPlaceOf}];
  });
  const rules = {counted, ...approval, since: closed.since, now: closed.at};
  const started = starters.length > 0 ? starters : [{name: closed.startedBy, key: closed.starterKey}];
  const approvedFor = (starter: Starter): boolean =>
    outcomeOf({...rules, startedBy: nameNow(starter, people), starterKey: starter.key}) === 'approved';
  if (started.every(approvedFor)) {
    // By the rules of the time, too, as audit verify and the gateways judge it.
    if (closed.amiss === null) return;
    throw notPermitted(input, `the approval of run ${input.runId}, entry ${closed.entry}: ${closed.amiss}`);
  }
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
