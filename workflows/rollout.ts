import {
  ActivityCancellationType,
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  defineQuery,
  isCancellation,
  patched,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {advance, nextAction, reaches, START, stepName} from '../core/rollout/steps.ts';
import type {Action, Event} from '../core/rollout/steps.ts';
import type {AnalysisResult, RolloutInput, RolloutResult} from '../schemas/deployment.ts';
import {ErrorType} from '../schemas/errors.ts';
import {PROGRESS} from '../schemas/messages.ts';
import type {Progress} from '../schemas/messages.ts';
import {short} from '../schemas/names.ts';
import {on} from './activities.ts';
import {endWithRun} from './end-with-run.ts';
import {takeActs} from './person-acts.ts';
import type {Act, NextAct} from './person-acts.ts';
import {rolloutDetails} from './rollout-details.ts';
import {rootMessage} from './root-message.ts';
import {ratchetAttributes} from './search-attributes.ts';

/** How often a rollout that waits for a person looks whether somebody else has moved stable meanwhile. */
const LOOK_AGAIN = '1 h';

/** Gives a candidate traffic step by step, and makes it stable, or takes everything back. Every end is a result. */
export async function rollout(input: RolloutInput): Promise<RolloutResult> {
  // One small compare-and-swap each. Retried for as long as the store is away: half a rollout must not be left behind. A
  // cancellation waits for the attempt that is under way, so that the way back comes after it.
  const pointers = on('cpu', input.project, {
    startToCloseTimeout: '1 min',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
  // Brings an adapter to every engine and asks each a few short questions: at most minutes, behind running answers.
  const {prepareEngines} = on('cpu', input.project, {
    startToCloseTimeout: '5 min',
    retry: {maximumAttempts: 5},
  });
  // Reads the traces of one step. What fails three times is a measurement that failed; the next one comes anyway.
  const {analyseTraffic} = on('cpu', input.project, {
    startToCloseTimeout: '10 min',
    retry: {maximumAttempts: 3, maximumInterval: '10 s'},
  });
  // Reads the YAML, or what the audit chain says of people: seconds. Somebody waits for the answer.
  const {proveAct} = on('cpu', input.project, {
    startToCloseTimeout: '20 s',
    retry: {maximumAttempts: 5, maximumInterval: '10 s'},
  });

  const {workflowId: by, runId: run, firstExecutionRunId: execution, startTime} = workflowInfo();
  const done: RolloutResult['steps'] = [];
  const acts: (Act & {readonly target: 'canary' | 'stable'})[] = [];
  let position = START;
  let analysis: AnalysisResult | null = null;
  let headline = 'Prepares.';
  let seq = 0;
  let began = startTime.toISOString();
  let stepBegan = began;
  let weight = 0;
  let acted = 0;

  const show = (): void =>
    setCurrentDetails(rolloutDetails({input, at: position.index, headline, asks: asks(), done, analysis}));
  /** What a person is asked; a pause without an end asks one too. */
  const asks = (): string | null => {
    const action = nextAction(input.steps, position);
    return action.do === 'ask' ? action.reason : null;
  };
  const note = (step: string, outcome: string, measured?: AnalysisResult): void => {
    const at = new Date(Date.now()).toISOString();
    done.push({step, at, outcome, ...(measured === undefined ? {} : {analysis: measured})});
    show();
  };
  const ended = (status: RolloutResult['status'], reason: string): RolloutResult => {
    headline = `${status.charAt(0).toUpperCase()}${status.slice(1).replace('_', ' ')}: ${reason}.`;
    return {status, release: input.release, steps: done, reason};
  };

  // 1. Handlers first. Going on is for a rollout that waits; ending it is possible until it is promoted.
  let open = true;
  setHandler(defineQuery<Progress>(PROGRESS), () => ({
    stage: 'rollout',
    done: position.index,
    total: input.steps.length + 1,
    unit: 'steps',
    note: headline,
    ...(asks() === null ? {} : {asks: asks()!}),
    act: nextAct(),
  }));
  takeActs({
    refusal: (act) => {
      if (!open) return 'the rollout has ended';
      if (act === 'promote' && nextAction(input.steps, position).do !== 'ask')
        return 'the rollout does not wait for anybody';
      return acts.length > 0 ? `somebody has just said ${acts[0]!.act}` : null;
    },
    next: nextAct,
    prove: (act, next, said) => {
      const {project, release} = input;
      const about = {rollout: by, run, release, ...next};
      return proveAct.executeWithOptions({summary: `whether ${said.by} may ${act}`}, [
        {project, act, target: targetOf(act), about, said: {...said}},
      ]);
    },
    take: (act) => acts.push({...act, target: targetOf(act.act)}),
  });
  endWithRun(input.project);
  upsertSearchAttributes(
    ratchetAttributes({project: input.project, stage: 'rollout', release: input.release}),
  );
  show();

  // 2. The way back is there before the first step forward: whatever ends this but a promotion leaves weight 0.
  let result: RolloutResult;
  try {
    result = await climb();
  } catch (error) {
    open = false;
    // An attempt that fails while it is cancelled fails with its own error.
    const cancelled = isCancellation(error) || CancellationScope.current().consideredCancelled;
    const reason = cancelled ? 'the rollout was cancelled' : rootMessage(error);
    const promoted = await CancellationScope.nonCancellable(() => backToStable(reason));
    await recordLate();
    if (promoted === null) {
      if (cancelled) throw isCancellation(error) ? error : new CancelledFailure(reason, [], error as Error);
      if (!(error instanceof ActivityFailure)) throw error;
    }
    result =
      promoted ?? ended(isType(error as Error, ErrorType.NotPermitted) ? 'refused' : 'fell_back', reason);
  }
  open = false;
  await recordLate();
  show();
  // Cancelled too late it has its result all the same.
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  return result;

  async function climb(): Promise<RolloutResult> {
    const opened = await pointers.openRollout.executeWithOptions(
      {summary: 'check report, approval and stable'},
      [{input, by, execution}],
    );
    if (opened.status === 'superseded') return superseded(opened.reason);
    [seq, began, stepBegan] = [opened.seq, opened.at, opened.at];
    const {project, release} = input;
    const summary = `load release ${short(release)} on every engine, prove that it answers`;
    const {model, engines} = await prepareEngines.executeWithOptions({summary}, [{project, release}]);
    note('prepare', `${model} answers on ${engines || 'all'} engines`);

    for (;;) {
      const [act] = acts;
      if (act !== undefined) {
        // Until it is taken up it is in the way of the next: of two for the same pause the second must not go to the next one.
        await takeUp(act);
        acts.shift();
        continue;
      }
      const action = nextAction(input.steps, position);
      headline = headlineOf(action, position.taken > 0 ? analysis : null);
      show();
      const end = await carryOut(action);
      if (end !== null) return end;
    }
  }

  /** Null: goes on. */
  async function carryOut(action: Action): Promise<RolloutResult | null> {
    switch (action.do) {
      case 'setShadow':
      case 'setWeight': {
        const name = stepName(input.steps[position.index]!);
        const moved = await pointers[action.do].executeWithOptions({summary: name}, [
          {input, seq, by, execution, weight: action.weight},
        ]);
        if (moved.status === 'superseded') return superseded(moved.reason);
        [seq, stepBegan] = [moved.seq, moved.at];
        if (action.do === 'setWeight') weight = action.weight;
        happened({type: 'done'});
        note(name, 'done');
        return null;
      }
      case 'pause':
        if (!(await personActed(action.seconds * 1000, stepName(input.steps[position.index]!)))) {
          note(stepName(input.steps[position.index]!), 'over');
          happened({type: 'done'});
        }
        return null;
      case 'measure':
        return measure(action);
      case 'ask':
        if (await personActed(LOOK_AGAIN, `waits for a person: ${action.reason}`.slice(0, 180))) return null;
        const stands = await pointers.rolloutStands.executeWithOptions(
          {summary: 'whether stable is still the same'},
          [{input, seq, by, execution}],
        );
        return stands.status === 'superseded' ? superseded(stands.reason) : null;
      case 'fallBack':
        return (await backToStable(action.reason)) ?? ended('fell_back', action.reason);
      case 'promote': {
        // From here on nobody can end it any more: the pointer moves.
        open = false;
        const moved = await pointers.promote.executeWithOptions(
          {summary: `promote release ${short(input.release)}`},
          [{input, seq, by, execution}],
        );
        if (moved.status === 'superseded') return superseded(moved.reason);
        note('promote', 'stable');
        return ended(
          'promoted',
          input.steps.length === 1 ? 'its one step passed' : `all ${input.steps.length} steps passed`,
        );
      }
    }
  }

  async function measure({
    spec,
    afterSeconds,
  }: Extract<Action, {do: 'measure'}>): Promise<RolloutResult | null> {
    const name = stepName(input.steps[position.index]!);
    if (await personActed(afterSeconds * 1000, `until measurement ${position.taken + 1} of ${spec.count}`))
      return null;
    try {
      // At 100 % stable answers nobody: what it answered since the rollout began is what there is to compare with.
      const measured = await analyseTraffic.executeWithOptions(
        {summary: `measurement ${position.taken + 1} of ${spec.count}`},
        [
          {
            input,
            seq,
            by,
            execution,
            spec,
            stableSince: weight >= 100 ? began : stepBegan,
            candidateSince: stepBegan,
          },
        ],
      );
      if (measured.status === 'superseded') return superseded(measured.reason);
      const before = position.index;
      analysis = measured.result;
      happened({type: 'measured', result: analysis});
      if (position.index !== before || position.asks !== null || position.fails !== null) {
        note(name, position.fails ?? position.asks ?? 'pass', analysis);
      }
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      happened({type: 'not_measured', error: rootMessage(error)});
      if (position.fails !== null) note(name, position.fails);
    }
    return null;
  }

  /** Waits, at most so long, for a person; true if one acted. */
  async function personActed(time: number | string, summary: string): Promise<boolean> {
    if (time === 0) return acts.length > 0;
    return condition(() => acts.length > 0, time as number, {summary});
  }

  /** Which act the next one is: of this step, behind all that were taken. */
  function nextAct(): NextAct {
    return {step: `${position.index}`, number: `${acted + acts.length + 1}`};
  }

  /** What an act moves: to end a rollout takes the canary away. */
  function targetOf(act: Act['act']): 'canary' | 'stable' {
    return act === 'abort' ? 'canary' : reaches(input.steps, position);
  }

  async function takeUp(taken: (typeof acts)[number]): Promise<void> {
    const {act, by: who, comment} = taken;
    const step = await record(taken);
    const said = `${who}${comment ? `: ${comment}` : ''}`;
    note(step, act === 'promote' ? `went on, ${said}` : `ended, ${said}`);
    if (act === 'abort') happened({type: 'aborted', reason: `ended by ${said}`});
    else if (nextAction(input.steps, position).do === 'ask') happened({type: 'resumed'});
    acted += 1;
  }

  /** Audits an act as the one that it was proved for, however far the rollout has come since. Gives the name of its step. */
  async function record({
    act,
    by: who,
    comment,
    signed,
    target,
    next,
  }: (typeof acts)[number]): Promise<string> {
    const [at, number] = [Number(next.step), Number(next.number)];
    const step = at < input.steps.length ? stepName(input.steps[at]!) : 'promote';
    await pointers.recordAct.executeWithOptions({summary: `audit: ${act}`}, [
      {
        ...{project: input.project, runId: input.runId, rollout: by, release: input.release},
        ...{act, by: who, comment, step, number, since: startTime.toISOString()},
        ...{target, run, at, signed: signed ?? null},
      },
    ]);
    return step;
  }

  /** What somebody was told is taken stands in the chain, though the rollout ended before it took that up. */
  async function recordLate(): Promise<void> {
    const late = acts.shift();
    if (late === undefined || !patched('late-acts')) return;
    try {
      await CancellationScope.nonCancellable(() => record(late));
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
    }
  }

  async function superseded(reason: string): Promise<RolloutResult> {
    return (await backToStable(`superseded: ${reason}`)) ?? ended('superseded', reason);
  }

  /** Null: nothing of the candidate is left. Else an attempt that was given up has promoted it, and that is the end. */
  async function backToStable(reason: string): Promise<RolloutResult | null> {
    const summary = 'weight 0, back to stable';
    const now = await pointers.fallBack.executeWithOptions({summary}, [{input, by, execution, reason}]);
    note('fall back', now === 'promoted' ? `too late, it is stable: ${reason}` : `weight 0: ${reason}`);
    return now === 'promoted' ? ended('promoted', `it was stable before its end: ${reason}`) : null;
  }

  function happened(event: Event): void {
    position = advance(input.steps, position, event);
  }
}

function headlineOf(action: Action, measured: AnalysisResult | null): string {
  switch (action.do) {
    case 'setShadow':
    case 'setWeight':
      return `Sets ${action.do === 'setShadow' ? 'shadow' : 'canary'} to ${action.weight} %.`;
    case 'pause':
      return `Pauses for ${action.seconds} s.`;
    case 'measure':
      return measured === null
        ? 'Measures.'
        : `Measures: ${measured.samples.canary} answers of the candidate, ${measured.samples.stable} of stable.`;
    case 'ask':
      return 'Waits for a person.';
    case 'fallBack':
      return 'Falls back.';
    case 'promote':
      return 'Promotes.';
  }
}

function isType(error: Error, type: ErrorType): boolean {
  return error.cause instanceof ApplicationFailure && error.cause.type === type;
}
