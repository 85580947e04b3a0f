import {
  CancellationScope,
  ParentClosePolicy,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {WorkflowExecutionAlreadyStartedError} from '@temporalio/common';
import {approvalWorkflowId, monitorWorkflowId, rolloutWorkflowId, short} from '../schemas/names.ts';
import type {Activities} from '../activities/contract.ts';
import type {LifecycleResult, RunPlan} from '../schemas/lifecycle.ts';
import type {GauntletResult} from '../schemas/report.ts';
import type {RunChange} from '../schemas/run.ts';
import type {CurateResult, LifecycleInput, StageRequest} from '../schemas/stage.ts';
import type {TrainingResult} from '../schemas/training.ts';
import {forDocuments, forRows, waiting} from './activity-options.ts';
import {askApproval} from './ask-approval.ts';
import {Board} from './board.ts';
import {findOrRun, type Found} from './find-or-run.ts';
import {rollOut} from './roll-out.ts';
import {rootMessage} from './root-message.ts';
import {ratchetAttributes} from './search-attributes.ts';

/** Grouped by how long they run. */
function activities(project: string) {
  // Metadata: small reads and writes. A store that is away comes back; a person is told by the run's pending activity.
  const {openRun, recordRun, makeRelease, keepReport, findFormer, keepOutcome} = proxyActivities<Activities>(
    forDocuments(project),
  );
  // Reads every record of every source once, to see what is new.
  const {planCuration} = proxyActivities<Activities>(forRows(project));
  // Looks for what an earlier execution of this run left; where there is something, waits until it has stopped.
  const {withdrawOthers} = waiting(project);
  return {
    ...{openRun, recordRun, makeRelease, keepReport, findFormer, keepOutcome},
    ...{planCuration, withdrawOthers},
  };
}

/** The whole life of a candidate: curate, train, gauntlet, approval, rollout. Every other end than `promoted` is a result, not a failure. */
export async function lifecycle(input: LifecycleInput): Promise<LifecycleResult> {
  const run = workflowInfo().workflowId;
  const {openRun, recordRun, withdrawOthers} = activities(input.project);
  /** What an earlier execution of this run started must not outlive it. */
  const withdraw = (): Promise<void> =>
    withdrawOthers.executeWithOptions({summary: 'nothing of this run goes on'}, [{run, keep: null}]);
  const board = new Board(['curate', 'train', 'gauntlet', 'approval', 'rollout']);
  upsertSearchAttributes(ratchetAttributes({project: input.project, stage: 'curate'}));
  let opened = false;
  try {
    const plan = await openRun.executeWithOptions({summary: 'record the run, see what is stable'}, [
      {run, input},
    ]);
    opened = true;
    const result = await go(input, run, plan, board);
    if (result.rollout === null) await withdraw();
    board.status = 'done';
    const change: RunChange = {
      status: 'done',
      endedAt: now(),
      outcome: result.status,
      note: result.reason,
      verdict: result.gauntlet.verdict,
    };
    await recordRun.executeWithOptions({summary: `record the run's end: ${result.status}`}, [
      {project: input.project, run, change},
    ]);
    setCurrentDetails(`**${result.status}**: ${result.reason}`);
    return result;
  } catch (error) {
    board.status = isCancellation(error) ? 'cancelled' : 'failed';
    const change = {status: board.status, endedAt: now(), note: rootMessage(error)};
    // A run that failed before it was recorded has no record to change: its own error is the one to tell.
    await CancellationScope.nonCancellable(async () => {
      await withdraw().catch(() => undefined);
      await recordRun.executeWithOptions({summary: `record the run's end: ${change.status}`}, [
        {project: input.project, run, change, opened},
      ]);
    }).catch(() => undefined);
    throw error;
  }
}

async function go(input: LifecycleInput, run: string, plan: RunPlan, board: Board): Promise<LifecycleResult> {
  const {project} = input;
  const {recordRun, makeRelease, keepReport, findFormer, keepOutcome, ...waits} = activities(project);
  const {planCuration, withdrawOthers} = waits;
  const record = (what: string, change: RunChange): Promise<void> =>
    recordRun.executeWithOptions({summary: `record ${what}`}, [{project, run, change}]);
  const cached: string[] = [];
  const request = (
    stage: StageRequest['stage'],
    inputs: Record<string, string>,
    refs = {},
  ): StageRequest => ({
    stage,
    project,
    resolved: input.resolved,
    keyFingerprint: input.keyFingerprint,
    inputs,
    refs,
    run,
  });
  /** A stage's result out of a former run, shown and kept like one that was found by its key. */
  async function taken<T>(name: 'curate' | 'train', {key, result}: {key: string; result: T}): Promise<T> {
    const at = now();
    board.set(name, {status: 'cached', note: `as in ${input.given!.run}`, startedAt: at, endedAt: at});
    cached.push(name);
    await record(`${name}, as it was given`, {stages: board.record(name, {key})});
    return result;
  }
  /** One cached stage, shown on the board and kept in the run's record. */
  async function stage<T>(
    name: 'curate' | 'train' | 'gauntlet',
    asked: () => Promise<StageRequest>,
    note: (r: T) => string,
  ): Promise<T> {
    upsertSearchAttributes(ratchetAttributes({project, stage: name}));
    const found = await board.during<Found<T>>(
      name,
      async () => {
        const what = await asked();
        return findOrRun<T>(what.stage, what, (childWorkflowId) => board.set(name, {childWorkflowId}));
      },
      (f) => ({status: f.cached ? 'cached' : 'done', note: note(f.result)}),
    );
    if (found.cached) cached.push(name);
    await record(`the end of ${name}`, {stages: board.record(name, {key: found.key})});
    return found.result;
  }

  // 1. Data: only records that no former version processed cost anything.
  const planned = async (): Promise<StageRequest> => {
    const sources = await planCuration.executeWithOptions({summary: 'see which records are new'}, [{input}]);
    board.set('curate', {note: `${sources.processed} new records, ${sources.reused} known ones`});
    return request('curate', {records: sources.records, golden: sources.golden}, {plan: sources.plan});
  };
  const {given} = input;
  const data = given
    ? await taken('curate', given.curate)
    : await stage<CurateResult>(
        'curate',
        planned,
        (d) => `${d.rowsKept} of ${d.rowsIn} rows kept, dataset ${short(d.dataset)}`,
      );
  upsertSearchAttributes(ratchetAttributes({dataset: data.dataset}));

  // 2. Weights, from the base on all rows; with a warm start, from the stable release's adapter. With a sweep, of the best
  // of several hyperparameters.
  const training = given?.train
    ? await taken('train', given.train)
    : await stage<TrainingResult>(
        'train',
        async () =>
          request(
            plan.sweep ? 'sweep' : 'train',
            {dataset: data.dataset, init: plan.init?.digest ?? ''},
            plan.init ? {initWeights: plan.init.safetensors, initConfig: plan.init.config} : {},
          ),
        (t) => `${t.steps} steps, adapter ${short(t.adapter.digest)}`,
      );

  // 3. The candidate. One that is or was stable has been approved and rolled out: what became of it comes back.
  const candidate = await makeRelease.executeWithOptions(
    {summary: 'put adapter, prompts and guardrails together: the candidate'},
    [{project, resolved: input.resolved, adapter: training.adapter, parent: plan.stable}],
  );
  upsertSearchAttributes(ratchetAttributes({release: candidate.digest}));
  await record('dataset and candidate', {dataset: data.dataset, release: candidate.digest});
  const former = await findFormer.executeWithOptions({summary: 'whether the candidate was stable before'}, [
    {project, release: candidate.digest},
  ]);

  // 4. Gates, against the release that was stable when the run began; one that has been judged, against the one that was
  // stable then: by key that is the same report, unless the gates have changed since.
  const against = former?.gauntlet.stable ?? plan.stable;
  const first = former?.first ?? plan.first;
  const gauntlet = await stage<GauntletResult>(
    'gauntlet',
    async () =>
      request('gauntlet', {
        release: candidate.digest,
        stable: against,
        base: plan.base,
        dataset: data.dataset,
        reason: first ? 'first' : 'retrain',
        ...(plan.policy === undefined ? {} : {policy: plan.policy}),
      }),
    (g) => `verdict ${g.verdict}, report ${short(g.report.sha256)}`,
  );
  upsertSearchAttributes(ratchetAttributes({verdict: gauntlet.verdict}));
  if (gauntlet.report.sha256 !== former?.gauntlet.report.sha256)
    await keepReport.executeWithOptions({summary: 'enter the report where ratchet report finds it'}, [
      {project, run, result: gauntlet},
    ]);
  await record('verdict and report', {verdict: gauntlet.verdict, report: gauntlet.report});
  const judged = {
    ...{run, data, release: candidate.digest, parent: against, stable: plan.stable, gauntlet},
    cached,
  };
  if (gauntlet.verdict !== 'pass') {
    for (const name of ['approval', 'rollout'])
      board.set(name, {status: 'skipped', note: `the verdict is ${gauntlet.verdict}`});
    const released =
      former === null ? '' : `, by the gates as they are now, though ${former.run} released it`;
    return {
      ...judged,
      status: gauntlet.verdict === 'fail' ? 'refused' : 'inconclusive',
      reason: `a required gate is ${gauntlet.verdict}${released}: see ratchet report ${short(candidate.digest)}`,
      approval: null,
      rollout: null,
      seconds: board.seconds(),
    };
  }

  if (former !== null) {
    for (const name of ['approval', 'rollout']) {
      board.set(name, {status: 'cached', note: `as decided in ${former.run}`});
      cached.push(name);
    }
    return {
      ...judged,
      status: 'cached',
      reason: `release ${short(candidate.digest)} has been judged, approved and rolled out before, in ${former.run}`,
      approval: former.approval,
      rollout: former.rollout,
      seconds: board.seconds(),
    };
  }

  // 5. People. The decision binds the digests; it may take a month. What an earlier execution of this run asked and rolled
  // out by another report has nothing to say any more.
  upsertSearchAttributes(ratchetAttributes({stage: 'approval'}));
  const digests = {release: candidate.digest, dataset: data.dataset, report: gauntlet.report.sha256};
  await withdrawOthers.executeWithOptions({summary: 'nothing goes on by another report'}, [
    {run, keep: digests},
  ]);
  const approval = await board.during(
    'approval',
    () => {
      board.set('approval', {
        childWorkflowId: approvalWorkflowId(run),
        note: `npx ratchet approve ${short(candidate.digest)} --project ${project}`,
      });
      return askApproval({
        project,
        runId: run,
        digests,
        verdict: gauntlet.verdict,
        startedBy: input.startedBy,
        starterKey: input.starterKey,
        required: plan.approval.required,
        starterMayApprove: plan.approval.starterMayApprove,
        timeoutMs: plan.approval.timeoutMs,
        reminderMs: plan.approval.reminderMs,
        ...(plan.approval.quorum === undefined ? {} : {quorum: plan.approval.quorum}),
        ...(plan.approval.escalation === undefined ? {} : {escalation: plan.approval.escalation}),
      });
    },
    (a) => ({
      status: 'done',
      note: a.status + (a.decisions.length > 0 ? ` by ${a.decisions.map((d) => d.by).join(', ')}` : ''),
    }),
  );
  await record('the approval', {approval, stages: board.record('approval')});
  if (approval.status !== 'approved') {
    board.set('rollout', {status: 'skipped', note: `the release is ${approval.status}`});
    return {
      ...judged,
      status: approval.status,
      reason:
        approval.status === 'rejected'
          ? `rejected: ${approval.comment}`
          : 'nobody decided before the deadline',
      approval,
      rollout: null,
      seconds: board.seconds(),
    };
  }

  // 6. Traffic, step by step, against the concurrent stable.
  upsertSearchAttributes(ratchetAttributes({stage: 'rollout'}));
  const rollout = await board.during(
    'rollout',
    () => {
      board.set('rollout', {childWorkflowId: rolloutWorkflowId(run)});
      return rollOut({
        project,
        runId: run,
        release: candidate.digest,
        stable: plan.stable,
        steps: plan.rollout,
        startedBy: input.startedBy,
        proof: {gauntlet, approval},
      });
    },
    (r) => ({status: 'done', note: `${r.status}. ${r.reason}`}),
  );
  await record('the rollout', {rollout, stages: board.record('rollout')});
  const result: LifecycleResult = {
    ...judged,
    status:
      rollout.status === 'promoted'
        ? 'promoted'
        : rollout.status === 'superseded'
          ? 'superseded'
          : 'fell_back',
    reason: rollout.reason,
    approval,
    rollout,
    seconds: board.seconds(),
  };
  if (rollout.status === 'promoted') {
    await keepOutcome.executeWithOptions({summary: 'keep what became of the release'}, [
      {project, outcome: {v: 1, release: candidate.digest, run, first, gauntlet, approval, rollout}},
    ]);
    await watch(project);
  }
  return result;
}

/** From the first promotion on, a monitor looks at what answers. It outlives the run; there is one a project. */
async function watch(project: string): Promise<void> {
  try {
    await startChild('monitor', {
      workflowId: monitorWorkflowId(project),
      args: [{project}],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Drift of ${project}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

function now(): string {
  return new Date(Date.now()).toISOString();
}
