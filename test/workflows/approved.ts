import {closeApproval, recordDecision} from '../../activities/approval/decide.ts';
import {signDecision} from '../../core/approval/signature.ts';
import {digestOf} from '../../core/identity/digest.ts';
import type {ApprovalInput, ApprovalResult, Approver} from '../../schemas/approval.ts';
import type {RolloutInput} from '../../schemas/deployment.ts';
import type {GauntletResult, Report} from '../../schemas/report.ts';
import type {SigningKey} from '../../stores/access/keys.ts';
import {everyApprovalIsOwn} from '../temporal-says.ts';
import type {TestProject} from './project-of.ts';

/** An approver of ratchet.yaml for a key of this machine. */
export function approverOf({name, publicText}: SigningKey, ...roles: Approver['roles']): Approver {
  return {name, key: publicText, roles: roles.length > 0 ? roles : ['approver']};
}

/** A report in the store; `change` spoils it. */
export async function reported(
  {context}: TestProject,
  about: {readonly release: string; readonly stable: string; readonly dataset: string},
  change: Partial<Report> = {},
): Promise<GauntletResult> {
  const {artifacts} = context.stores;
  const nothing = await artifacts.putBytes('', 'application/jsonl');
  const report: Report = {
    v: 1,
    project: context.project,
    ...about,
    policy: '5'.repeat(64),
    verdict: 'pass',
    gates: [],
    metrics: {base: {}, stable: {}, candidate: {}},
    slices: {},
    baselines: {},
    errors: 0,
    notes: [],
    samples: {stable: nothing, candidate: nothing, base: nothing},
    ...change,
  };
  const ref = await artifacts.putJson(report);
  const {release, stable} = about;
  return {release, stable, verdict: report.verdict, report: ref, html: ref, markdown: ref, modelCard: ref};
}

/** What permits a rollout: decisions signed by these keys, written to the audit chain as the approval's activities do. */
export async function approvedBy(
  project: TestProject,
  keys: readonly SigningKey[],
  rollout: Omit<RolloutInput, 'proof'>,
  gauntlet: GauntletResult,
  digests: ApprovalInput['digests'],
  starterKey = '',
): Promise<RolloutInput> {
  const run = `0198c0de-0000-7000-8000-${digestOf(rollout.runId).slice(0, 12)}`;
  const since = new Date().toISOString();
  const input: ApprovalInput = {
    project: rollout.project,
    runId: rollout.runId,
    digests,
    verdict: 'pass',
    startedBy: rollout.startedBy,
    starterKey,
    required: keys.length || 1,
    starterMayApprove: false,
    timeoutMs: 1000,
    reminderMs: 1000,
  };
  const context = {...project.context, client: everyApprovalIsOwn(since)};
  const decisions: ApprovalResult['decisions'] = [];
  for (const {id, name, privateKey, publicText: publicKey} of keys) {
    const expiry = new Date(Date.now() + 3_600_000).toISOString();
    const decision = signDecision(
      {v: 1, project: rollout.project, action: 'approve', digests, run, key: id, comment: '', expiry},
      privateKey,
    );
    await recordDecision(
      {input, run, since, decision, by: name, publicKey, at: since, refused: null},
      context,
    );
    decisions.push({action: 'approve', by: name, key: id, at: since, comment: ''});
  }
  const approval: ApprovalResult = {status: 'approved', digests, decisions, at: since};
  if (keys.length > 0) await closeApproval({input, run, since, result: approval}, context);
  return {...rollout, proof: {gauntlet, approval}};
}
