import {
  ActivityCancellationType,
  ActivityFailure,
  CancellationScope,
  condition,
  isCancellation,
  patched,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import {advance, nextAction, reaches, START, stepName} from '../../core/rollout/steps.ts';
import type {Action, Event} from '../../core/rollout/steps.ts';
import type {AnalysisResult, RolloutInput, RolloutResult} from '../../schemas/deployment.ts';
import type {Progress} from '../../schemas/messages.ts';
import {short} from '../../schemas/names.ts';
import {on} from '../activities.ts';
import type {Act, NextAct} from '../person-acts.ts';
import {rolloutDetails} from '../rollout-details.ts';
import {rootMessage} from '../root-message.ts';

/** How often a rollout that waits for a person looks whether somebody else has moved stable meanwhile. */
const LOOK_AGAIN = '1 h';

/** Grouped by how long they run. */
function activities(project: string) {
  // One small compare-and-swap each. Retried for as long as the store is away: half a rollout must not be left behind. A
  // cancellation waits for the attempt that is under way, so that the way back comes after it.
  const pointers = on('cpu', project, {
    startToCloseTimeout: '1 min',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
  // Brings an adapter to every engine and asks each a few short questions: at most minutes, behind running answers.
  const {prepareEngines} = on('cpu', project, {startToCloseTimeout: '5 min', retry: {maximumAttempts: 5}});
  // Reads the traces of one step. What fails three times is a measurement that failed; the next one comes anyway.
  const {analyseTraffic} = on('cpu', project, {
    startToCloseTimeout: '10 min',
    retry: {maximumAttempts: 3, maximumInterval: '10 s'},
  });
  // Reads the YAML, or what the audit chain says of people: seconds. Somebody waits for the answer.
  const {proveAct} = on('cpu', project, {
    startToCloseTimeout: '20 s',
    retry: {maximumAttempts: 5, maximumInterval: '10 s'},
  });
  return {pointers, prepareEngines, analyseTraffic, proveAct};
}

interface TakenAct extends Act {
  readonly target: 'canary' | 'stable';
}

/** A candidate's way up, step by step, and the way back. What it is at, it shows. */
export class Climb {
  readonly input: RolloutInput;
  readonly activities: ReturnType<typeof activities>;
  /** People's acts that were accepted and not yet carried out. */
  readonly acts: TakenAct[] = [];
  /** Going on is for a rollout that waits; ending it is possible until it is promoted. */
  open = true;
  readonly #info = workflowInfo();
  readonly #done: RolloutResult['steps'] = [];
  #position = START;
  #analysis: AnalysisResult | null = null;
  #headline = 'Prepares.';
  /** Sequence number of its own last move. */
  #seq = 0;
  /** ISO times: since when it moves anything, and since when traffic goes as it does now. */
  #began = this.#info.startTime.toISOString();
  #stepBegan = this.#began;
  #weight = 0;
  #acted = 0;

  constructor(input: RolloutInput) {
    this.input = input;
    this.activities = activities(input.project);
  }

  /** By which every move names this rollout. */
  get #mover() {
    return {input: this.input, by: this.#info.workflowId, execution: this.#info.firstExecutionRunId};
  }

  get #action(): Action {
    return nextAction(this.input.steps, this.#position);
  }

  /** What a person is asked; a pause without an end asks one too. */
  get asks(): string | null {
    const action = this.#action;
    return action.do === 'ask' ? action.reason : null;
  }

  /** Which act the next one is: of this step, behind all that were taken. */
  get nextAct(): NextAct {
    return {step: `${this.#position.index}`, number: `${this.#acted + this.acts.length + 1}`};
  }

  get progress(): Progress {
    return {
      stage: 'rollout',
      done: this.#position.index,
      total: this.input.steps.length + 1,
      unit: 'steps',
      note: this.#headline,
      ...(this.asks === null ? {} : {asks: this.asks}),
      act: this.nextAct,
    };
  }

  show(): void {
    const {input, asks} = this;
    const [done, analysis, headline] = [this.#done, this.#analysis, this.#headline];
    setCurrentDetails(rolloutDetails({input, at: this.#position.index, headline, asks, done, analysis}));
  }

  /** What an act moves: to end a rollout takes the canary away. */
  targetOf(act: Act['act']): 'canary' | 'stable' {
    return act === 'abort' ? 'canary' : reaches(this.input.steps, this.#position);
  }

  /** Up to stable, or to whatever ends it before. */
  async climb(): Promise<RolloutResult> {
    const {pointers, prepareEngines} = this.activities;
    const opened = await pointers.openRollout.executeWithOptions(
      {summary: 'check report, approval and stable'},
      [this.#mover],
    );
    if (opened.status === 'superseded') return this.#superseded(opened.reason);
    [this.#seq, this.#began, this.#stepBegan] = [opened.seq, opened.at, opened.at];
    const {project, release} = this.input;
    const summary = `load release ${short(release)} on every engine, prove that it answers`;
    const {model, engines} = await prepareEngines.executeWithOptions({summary}, [{project, release}]);
    this.#note('prepare', prepared(model, engines));

    for (;;) {
      const [act] = this.acts;
      if (act !== undefined) {
        // Until it is taken up it is in the way of the next: of two for the same pause the second must not go to the next one.
        await this.#takeUp(act);
        this.acts.shift();
        continue;
      }
      const action = this.#action;
      this.#headline = headlineOf(action, this.#position.taken > 0 ? this.#analysis : null);
      this.show();
      const end = await this.#carryOut(action);
      if (end !== null) return end;
    }
  }

  /** Null: goes on. */
  async #carryOut(action: Action): Promise<RolloutResult | null> {
    switch (action.do) {
      case 'setShadow':
      case 'setWeight':
        return this.#move(action);
      case 'pause':
        return this.#pause(action);
      case 'measure':
        return this.#measure(action);
      case 'ask':
        return this.#ask(action);
      case 'fallBack':
        return (await this.backToStable(action.reason)) ?? this.ended('fell_back', action.reason);
      case 'promote':
        return this.#promote();
    }
  }

  async #move(action: Extract<Action, {do: 'setShadow' | 'setWeight'}>): Promise<RolloutResult | null> {
    const name = this.#stepName();
    const moved = await this.activities.pointers[action.do].executeWithOptions({summary: name}, [
      {...this.#mover, seq: this.#seq, weight: action.weight},
    ]);
    if (moved.status === 'superseded') return this.#superseded(moved.reason);
    [this.#seq, this.#stepBegan] = [moved.seq, moved.at];
    if (action.do === 'setWeight') this.#weight = action.weight;
    this.#happened({type: 'done'});
    this.#note(name, 'done');
    return null;
  }

  async #pause({seconds}: Extract<Action, {do: 'pause'}>): Promise<null> {
    const name = this.#stepName();
    if (!(await this.#personActed(seconds * 1000, name))) {
      this.#note(name, 'over');
      this.#happened({type: 'done'});
    }
    return null;
  }

  async #ask({reason}: Extract<Action, {do: 'ask'}>): Promise<RolloutResult | null> {
    if (await this.#personActed(LOOK_AGAIN, `waits for a person: ${reason}`.slice(0, 180))) return null;
    const stands = await this.activities.pointers.rolloutStands.executeWithOptions(
      {summary: 'whether stable is still the same'},
      [{...this.#mover, seq: this.#seq}],
    );
    return stands.status === 'superseded' ? this.#superseded(stands.reason) : null;
  }

  async #promote(): Promise<RolloutResult> {
    // From here on nobody can end it any more: the pointer moves.
    this.open = false;
    const {release, steps} = this.input;
    const moved = await this.activities.pointers.promote.executeWithOptions(
      {summary: `promote release ${short(release)}`},
      [{...this.#mover, seq: this.#seq}],
    );
    if (moved.status === 'superseded') return this.#superseded(moved.reason);
    this.#note('promote', 'stable');
    return this.ended('promoted', passed(steps.length));
  }

  async #measure({spec, afterSeconds}: Extract<Action, {do: 'measure'}>): Promise<RolloutResult | null> {
    const name = this.#stepName();
    const which = `measurement ${this.#position.taken + 1} of ${spec.count}`;
    if (await this.#personActed(afterSeconds * 1000, `until ${which}`)) return null;
    try {
      const measured = await this.activities.analyseTraffic.executeWithOptions({summary: which}, [
        {
          ...this.#mover,
          seq: this.#seq,
          spec,
          // At 100 % stable answers nobody: what it answered since the rollout began is what there is to compare with.
          stableSince: this.#weight >= 100 ? this.#began : this.#stepBegan,
          candidateSince: this.#stepBegan,
        },
      ]);
      if (measured.status === 'superseded') return await this.#superseded(measured.reason);
      const before = this.#position.index;
      this.#analysis = measured.result;
      this.#happened({type: 'measured', result: measured.result});
      const {index, asks, fails} = this.#position;
      if (index !== before || asks !== null || fails !== null)
        this.#note(name, fails ?? asks ?? 'pass', measured.result);
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      this.#happened({type: 'not_measured', error: rootMessage(error)});
      if (this.#position.fails !== null) this.#note(name, this.#position.fails);
    }
    return null;
  }

  /** Waits, at most so long, for a person; true if one acted. */
  async #personActed(time: number | string, summary: string): Promise<boolean> {
    if (time === 0) return this.acts.length > 0;
    return condition(() => this.acts.length > 0, time as number, {summary});
  }

  async #takeUp(taken: TakenAct): Promise<void> {
    const {act, by, comment} = taken;
    const step = await this.#record(taken);
    const said = `${by}${comment ? `: ${comment}` : ''}`;
    this.#note(step, act === 'promote' ? `went on, ${said}` : `ended, ${said}`);
    if (act === 'abort') this.#happened({type: 'aborted', reason: `ended by ${said}`});
    else if (this.#action.do === 'ask') this.#happened({type: 'resumed'});
    this.#acted += 1;
  }

  /** Audits an act as the one that it was proved for, however far the rollout has come since. Gives the name of its step. */
  async #record({act, by, comment, signed, target, next}: TakenAct): Promise<string> {
    const {project, runId, release, steps} = this.input;
    const {workflowId: rollout, runId: run, startTime} = this.#info;
    const [at, number] = [Number(next.step), Number(next.number)];
    const step = at < steps.length ? stepName(steps[at]!) : 'promote';
    await this.activities.pointers.recordAct.executeWithOptions({summary: `audit: ${act}`}, [
      {
        project,
        runId,
        rollout,
        release,
        act,
        by,
        comment,
        step,
        number,
        since: startTime.toISOString(),
        target,
        run,
        at,
        signed: signed ?? null,
      },
    ]);
    return step;
  }

  /** What somebody was told is taken stands in the chain, though the rollout ended before it took that up. */
  async recordLate(): Promise<void> {
    const late = this.acts.shift();
    if (late === undefined || !patched('late-acts')) return;
    try {
      await CancellationScope.nonCancellable(() => this.#record(late));
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
    }
  }

  async #superseded(reason: string): Promise<RolloutResult> {
    return (await this.backToStable(`superseded: ${reason}`)) ?? this.ended('superseded', reason);
  }

  /** Null: nothing of the candidate is left. Else an attempt that was given up has promoted it, and that is the end. */
  async backToStable(reason: string): Promise<RolloutResult | null> {
    const summary = 'weight 0, back to stable';
    const now = await this.activities.pointers.fallBack.executeWithOptions({summary}, [
      {...this.#mover, reason},
    ]);
    this.#note('fall back', now === 'promoted' ? `too late, it is stable: ${reason}` : `weight 0: ${reason}`);
    return now === 'promoted' ? this.ended('promoted', `it was stable before its end: ${reason}`) : null;
  }

  ended(status: RolloutResult['status'], reason: string): RolloutResult {
    this.#headline = `${status.charAt(0).toUpperCase()}${status.slice(1).replace('_', ' ')}: ${reason}.`;
    return {status, release: this.input.release, steps: this.#done, reason};
  }

  #note(step: string, outcome: string, analysis?: AnalysisResult): void {
    const at = new Date(Date.now()).toISOString();
    this.#done.push({step, at, outcome, ...(analysis === undefined ? {} : {analysis})});
    this.show();
  }

  #happened(event: Event): void {
    this.#position = advance(this.input.steps, this.#position, event);
  }

  #stepName(): string {
    return stepName(this.input.steps[this.#position.index]!);
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

/** Without steps there was nobody to take traffic from. */
function passed(steps: number): string {
  if (steps === 0) return 'no release answered before it';
  return steps === 1 ? 'its one step passed' : `all ${steps} steps passed`;
}

/** Vendors' models are on no engine. */
function prepared(model: string, engines: number): string {
  return engines === 0 ? `${model} is asked by every gateway` : `${model} answers on ${engines} engines`;
}
