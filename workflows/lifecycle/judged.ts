import type {LifecycleResult} from '../../schemas/lifecycle.ts';
import {short} from '../../schemas/names.ts';
import type {GauntletResult} from '../../schemas/report.ts';
import {gauntlet} from '../gauntlet.ts';
import type {Candidate} from './candidate.ts';
import type {Run} from './run.ts';

/** What a run ends with, whatever it ends by. */
export type Judgement = Pick<
  LifecycleResult,
  'run' | 'data' | 'release' | 'parent' | 'stable' | 'gauntlet'
> & {
  readonly gauntlet: GauntletResult;
  /** It was judged against the bare base. */
  readonly first: boolean;
};
/** The run goes on with a value, or ends. */
export type Step<T> = {readonly value: T} | {readonly end: LifecycleResult};

/**
 * 4. Gates, against the release that was stable when the run began; one that has been judged, against the one that was stable
 * then: by key that is the same report, unless the gates have changed since.
 */
export async function judged(run: Run, {data, release, former}: Candidate): Promise<Step<Judgement>> {
  const {plan, board} = run;
  const against = former?.gauntlet.stable ?? plan.stable;
  const first = former?.first ?? plan.first;
  const {stable, base, policy} = {...plan, stable: against};
  const reason = first ? 'first' : 'retrain';
  const report = await run.stage(
    'gauntlet',
    gauntlet,
    () =>
      run.request('gauntlet', {
        release,
        stable,
        base,
        dataset: data.dataset,
        reason,
        ...(policy === undefined ? {} : {policy}),
      }),
    (g) => `verdict ${g.verdict}, report ${short(g.report.sha256)}`,
  );
  await enter(run, report, former?.gauntlet.report.sha256);
  const judgement: Judgement = {
    run: run.id,
    data,
    release,
    parent: against,
    stable: plan.stable,
    gauntlet: report,
    first,
  };
  if (report.verdict !== 'pass') {
    for (const name of ['approval', 'rollout'])
      board.set(name, {status: 'skipped', note: `the verdict is ${report.verdict}`});
    const released =
      former === null ? '' : `, by the gates as they are now, though ${former.run} released it`;
    return ends(run, judgement, {
      status: report.verdict === 'fail' ? 'refused' : 'inconclusive',
      reason: `a required gate is ${report.verdict}${released}: see ratchet report ${short(release)}`,
    });
  }
  if (former === null) return {value: judgement};
  for (const name of ['approval', 'rollout']) {
    board.set(name, {status: 'cached', note: `as decided in ${former.run}`});
    run.cached.push(name);
  }
  return ends(run, judgement, {
    status: 'cached',
    reason: `release ${short(release)} has been judged, approved and rolled out before, in ${former.run}`,
    approval: former.approval,
    rollout: former.rollout,
  });
}

/** Where `ratchet report`, the run's record and the Temporal UI's search find it. */
async function enter(run: Run, result: GauntletResult, known: string | undefined): Promise<void> {
  const {verdict, report} = result;
  run.tag({verdict});
  if (report.sha256 !== known)
    await run.store.keepReport.executeWithOptions(
      {summary: 'enter the report where ratchet report finds it'},
      [{project: run.input.project, run: run.id, result}],
    );
  await run.record('verdict and report', {verdict, report});
}

/** The run's result, as far as it got. */
export function ends(
  run: Run,
  {first: _first, ...judgement}: Judgement,
  how: Pick<LifecycleResult, 'status' | 'reason'> & Partial<Pick<LifecycleResult, 'approval' | 'rollout'>>,
): {readonly end: LifecycleResult} {
  return {
    end: {
      ...judgement,
      approval: null,
      rollout: null,
      ...how,
      cached: run.cached,
      seconds: run.board.seconds(),
    },
  };
}
