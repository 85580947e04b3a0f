import {z} from 'zod';
import {gateNames} from '../../core/evaluation/gates/gate-names.ts';
import {adapterOf, answersNothing, isUngated} from '../../core/releases/models.ts';
import {checkGateNames} from '../../schemas/check-gates.ts';
import type {Deployment} from '../../schemas/deployment.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {ArtifactRef, Digest} from '../../schemas/artifact.ts';
import {FormerOutcome, type RunPlan} from '../../schemas/lifecycle.ts';
import {keyText} from '../../schemas/explain-issue.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import type {Notice, NotifyEvent} from '../../schemas/notify.ts';
import {Adapter, type Release} from '../../schemas/release.ts';
import {GauntletResult} from '../../schemas/report.ts';
import {ResolvedProject} from '../../schemas/resolved-project.ts';
import {RunChange} from '../../schemas/run.ts';
import {LifecycleInput} from '../../schemas/stage.ts';
import {known} from '../../schemas/tolerant.ts';
import {activity} from '../activity.ts';
import type {ActivityContext} from '../context.ts';
import {tell} from '../notify/tell.ts';
import {endAbandonedRuns} from './end-abandoned-runs.ts';
import {endOrphanedRollout} from '../rollout/end-orphaned-rollout.ts';
import {checkStarter} from './check-starter.ts';
import {composeRelease, firstRelease} from '../../core/releases/compose.ts';
import {recordPolicy} from './record-policy.ts';
import {readOutcome, writeOutcome} from './outcome.ts';

const RecordInput = z.object({
  project: z.string(),
  run: z.string(),
  change: RunChange,
  /** False where the execution was not opened: its record may be that of another one, under the same ID. */
  opened: z.boolean().default(true),
});

/**
 * The run's record in the store, and what its decisions depend on. The first stable of a project is the bare base. Who may start
 * it is asked before anything is written. Throws InvalidInput, NotPermitted.
 */
export const openRun = activity(
  'cpu',
  z.object({run: z.string(), input: LifecycleInput}),
  async ({run, input}, context): Promise<RunPlan> => {
    const {stores} = context;
    const resolved = await stores.artifacts.getJson(input.resolved, ResolvedProject);
    const foreign = foreignRun({run, project: input.project, settingsOf: resolved.config.project}, context);
    if (foreign !== null) throw new RatchetError('InvalidInput', `${run} is not started: ${foreign}`);
    refuseUnknownNames(resolved.config);
    await checkStarter({run, input}, context);
    const base = firstRelease(resolved);
    await stores.registry.putRelease(base);
    const deployment = await stores.pointers.bootstrap(input.project, base.digest, {
      by: input.startedBy,
      why: answersNothing(base)
        ? 'bootstrap: the first stable answers nothing'
        : 'bootstrap: the first stable is the bare base model',
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
    const {approval, rollout, training, warm_start: warm} = resolved.config;
    const policy = await recordPolicy({run, startedBy: input.startedBy, config: resolved.config}, context);
    const stable = await stores.registry.release(input.project, deployment.stable);
    return {
      stable: deployment.stable,
      base: base.digest,
      first: isUngated(stable),
      init: warm ? known(Adapter).nullable().parse(adapterOf(stable)) : null,
      trains: training !== 'none',
      sweep: training !== 'none' && training.sweep !== undefined,
      approval: {
        required: approval.required,
        starterMayApprove: approval.starter_may_approve,
        timeoutMs: approval.timeout,
        reminderMs: approval.reminder,
        quorum: approval.quorum,
        escalation: approval.escalation.map(({after, to}) => ({afterMs: after, to})),
      },
      policy,
      rollout: stepsFrom(stable, deployment, rollout),
    };
  },
);

/** Where nothing answers yet there is no traffic to share, and none to compare with. */
function stepsFrom(
  stable: Release,
  {former}: Deployment,
  {first, steps}: ProjectConfig['rollout'],
): RunPlan['rollout'] {
  if (answersNothing(stable)) return [];
  return former.length === 0 ? (first ?? steps) : steps;
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
export const recordRun = activity(
  'cpu',
  RecordInput,
  async ({project, run, change, opened}, context): Promise<void> => {
    await context.stores.registry.updateRun(project, run, (record) => {
      if (!opened && record.status !== 'running')
        throw new RatchetError(
          'NotPermitted',
          `${run} is ${record.status}: what was not opened under its ID does not change that`,
        );
      return {...record, ...change, stages: {...record.stages, ...change.stages}};
    });
    await tellOfChange({project, run, change}, context);
  },
);

/** People are told how a run ended, and that an approval is asked for next. */
async function tellOfChange(
  {project, run, change}: Pick<z.output<typeof RecordInput>, 'project' | 'run' | 'change'>,
  context: ActivityContext,
): Promise<void> {
  const {status, outcome, verdict, release: named} = change;
  const about = async (event: NotifyEvent, reason: string | undefined): Promise<Notice> => {
    const release = named ?? (await context.stores.registry.run(project, run))?.release;
    return {
      id: `${event}/${run}`,
      event,
      project,
      at: new Date().toISOString(),
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

/** The candidate: this adapter, or the base model as it is, with the project's prompts, transform and guardrails. The same parts give the same digest. */
export const makeRelease = activity(
  'cpu',
  z.object({
    project: z.string(),
    resolved: ArtifactRef,
    adapter: Adapter.nullable(),
    parent: Digest,
    /** The one that it is judged by. Histories from before there were candidates without an adapter lack it. */
    dataset: Digest.optional(),
  }),
  async ({project, resolved: ref, adapter, parent, dataset}, context): Promise<Release> => {
    const {stores} = context;
    const resolved = await stores.artifacts.getJson(ref, ResolvedProject);
    if (resolved.config.project !== project) {
      throw new RatchetError(
        'InvalidInput',
        `makeRelease: the settings are of ${resolved.config.project}, the run of ${project}`,
      );
    }
    const release = composeRelease(resolved, {adapter, parent, dataset: dataset ?? null});
    await stores.registry.putRelease(release);
    return release;
  },
);

export const keepReport = activity(
  'cpu',
  z.object({project: z.string(), run: z.string(), result: GauntletResult}),
  async ({project, run, result}, context): Promise<void> => {
    await context.stores.registry.putReport({v: 1, project, at: new Date().toISOString(), run, result});
  },
);

/**
 * What became of a release, if it is or was stable. Its report may be gone: then the gauntlet makes it again, against the
 * release that was stable then.
 */
export const findFormer = activity(
  'cpu',
  z.object({project: z.string(), release: Digest}),
  async ({project, release}, context): Promise<FormerOutcome | null> => {
    const {stores} = context;
    const deployment = await stores.pointers.read(project);
    if (deployment?.stable !== release && !deployment?.former.includes(release)) return null;
    return readOutcome(stores, project, release);
  },
);

export const keepOutcome = activity(
  'cpu',
  z.object({project: z.string(), outcome: FormerOutcome}),
  async ({project, outcome}, context): Promise<void> => {
    await writeOutcome(context.stores, project, outcome);
  },
);
