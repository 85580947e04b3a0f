import {gateNames} from '../../core/evaluation/gates/gate-names.ts';
import {checkGateNames} from '../../schemas/check-gates.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {FormerOutcome, RunPlan} from '../../schemas/lifecycle.ts';
import {keyText} from '../../schemas/load-project.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import type {Notice, NotifyEvent} from '../../schemas/notify.ts';
import type {Release} from '../../schemas/release.ts';
import {ResolvedProject} from '../../schemas/stage.ts';
import type {ActivityContext} from '../context.ts';
import type {Activities} from '../contract.ts';
import {tell} from '../notify/tell.ts';
import {endAbandonedRuns} from './end-abandoned-runs.ts';
import {endOrphanedRollout} from '../rollout/end-orphaned-rollout.ts';
import {checkStarter} from './check-starter.ts';
import {composeRelease} from './base-release.ts';
import {recordPolicy} from './record-policy.ts';
import {readOutcome, writeOutcome} from './outcome.ts';

type Input<Name extends keyof Activities> = Parameters<Activities[Name]>[0];

/**
 * The run's record in the store, and what its decisions depend on. The first stable of a project is the bare base. Who may start
 * it is asked before anything is written. Throws InvalidInput, NotPermitted.
 */
export async function openRun({run, input}: Input<'openRun'>, context: ActivityContext): Promise<RunPlan> {
  const {stores} = context;
  const resolved = await stores.artifacts.getJson(input.resolved, ResolvedProject);
  const foreign = foreignRun({run, project: input.project, settingsOf: resolved.config.project}, context);
  if (foreign !== null) throw new RatchetError('InvalidInput', `${run} is not started: ${foreign}`);
  refuseUnknownNames(resolved.config);
  await checkStarter({run, input}, context);
  const base = await composeRelease(resolved, null, null);
  await stores.registry.putRelease(base);
  const deployment = await stores.pointers.bootstrap(input.project, base.digest, {
    by: input.startedBy,
    why: 'bootstrap: the first stable is the bare base model',
  });
  await endOrphanedRollout({project: input.project}, context);
  await endAbandonedRuns({project: input.project, but: run}, context);
  await stores.registry.startRun({
    v: 1,
    id: run,
    project: input.project,
    status: 'running',
    startedBy: input.startedBy,
    reason: input.reason,
    startedAt: new Date().toISOString(),
    endedAt: null,
    stages: {},
    links: {},
  });
  const {approval, rollout, warm_start: warm} = resolved.config;
  const policy = await recordPolicy({run, startedBy: input.startedBy, config: resolved.config}, context);
  const stable = await stores.registry.release(input.project, deployment.stable);
  return {
    stable: deployment.stable,
    base: base.digest,
    first: stable.adapter === null,
    init: warm ? stable.adapter : null,
    sweep: resolved.config.training.sweep !== undefined,
    approval: {
      required: approval.required,
      starterMayApprove: approval.starter_may_approve,
      timeoutMs: approval.timeout,
      reminderMs: approval.reminder,
      quorum: approval.quorum,
      escalation: approval.escalation.map(({after, to}) => ({afterMs: after, to})),
    },
    policy,
    rollout: rollout.steps,
  };
}

/** Why this worker does not open a run: it opens those of its project, under their own IDs, by settings of that project. */
function foreignRun(
  {run, project, settingsOf}: {readonly run: string; readonly project: string; readonly settingsOf: string},
  worker: Pick<ActivityContext, 'project'>,
): string | null {
  const ids = `lifecycle/${project}/`;
  if (project !== worker.project) return `it is of ${project}, this worker works for ${worker.project}`;
  if (!run.startsWith(ids) || run === ids) return `that is its workflow ID, expected ${ids}…`;
  return settingsOf === project ? null : `its settings are of ${settingsOf}, it is of ${project}`;
}

/** A gate on what is never measured would hold every candidate back, after its training. */
function refuseUnknownNames(config: ProjectConfig): void {
  const problems = checkGateNames(config.gauntlet.gates, gateNames(config));
  if (problems.length === 0) return;
  const said = problems.map(({path, expected, got}) => `${keyText(path)}: expected ${expected}, got ${got}`);
  throw new RatchetError('InvalidInput', `ratchet.yaml: ${said.join('; ')}`);
}

/** What was not opened ends a record that is running, and changes no other. Throws NotPermitted, InvalidInput. */
export async function recordRun(
  {project, run, change, opened = true}: Input<'recordRun'>,
  context: ActivityContext,
): Promise<void> {
  await context.stores.registry.updateRun(project, run, (record) => {
    if (!opened && record.status !== 'running')
      throw new RatchetError(
        'NotPermitted',
        `${run} is ${record.status}: what was not opened under its ID does not change that`,
      );
    return {...record, ...change, stages: {...record.stages, ...change.stages}};
  });
  await tellOfChange({project, run, change}, context);
}

/** People are told how a run ended, and that an approval is asked for next. */
async function tellOfChange(
  {project, run, change}: Input<'recordRun'>,
  context: ActivityContext,
): Promise<void> {
  const {status, outcome, verdict, release: named} = change;
  const about = async (event: NotifyEvent, reason: string | undefined): Promise<Notice> => {
    const release = named ?? (await context.stores.registry.run(project, run))?.release;
    return {
      ...{id: `${event}/${run}`, event, project, at: new Date().toISOString()},
      facts: {run, ...(release ? {release} : {}), ...(reason ? {reason: reason.slice(0, 300)} : {})},
    };
  };
  if (status === 'failed') await tell(await about('run_failed', change.note), context);
  if (outcome === 'promoted' || outcome === 'fell_back')
    await tell(await about(outcome, change.note), context);
  if (verdict === 'pass' && outcome === undefined) {
    const notice = await about('approval_waiting', undefined);
    // One that was stable before is not asked about again.
    const {release} = notice.facts;
    if (typeof release === 'string' && (await findFormer({project, release}, context)) === null)
      await tell(notice, context);
  }
}

/** The candidate: this adapter with the project's prompts, transform and guardrails. The same parts give the same digest. */
export async function makeRelease(
  {project, resolved: ref, adapter, parent}: Input<'makeRelease'>,
  context: ActivityContext,
): Promise<Release> {
  const {stores} = context;
  const resolved = await stores.artifacts.getJson(ref, ResolvedProject);
  if (resolved.config.project !== project) {
    throw new RatchetError(
      'InvalidInput',
      `makeRelease: the settings are of ${resolved.config.project}, the run of ${project}`,
    );
  }
  const release = await composeRelease(resolved, adapter, parent);
  await stores.registry.putRelease(release);
  return release;
}

export async function keepReport(
  {project, run, result}: Input<'keepReport'>,
  context: ActivityContext,
): Promise<void> {
  await context.stores.registry.putReport({v: 1, project, at: new Date().toISOString(), run, result});
}

/**
 * What became of a release, if it is or was stable. Its report may be gone: then the gauntlet makes it again, against the
 * release that was stable then.
 */
export async function findFormer(
  {project, release}: Input<'findFormer'>,
  context: ActivityContext,
): Promise<FormerOutcome | null> {
  const {stores} = context;
  const deployment = await stores.pointers.read(project);
  if (deployment?.stable !== release && !deployment?.former.includes(release)) return null;
  return readOutcome(stores, project, release);
}

export async function keepOutcome(
  {project, outcome}: Input<'keepOutcome'>,
  context: ActivityContext,
): Promise<void> {
  await writeOutcome(context.stores, project, outcome);
}
