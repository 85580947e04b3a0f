import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  isCancellation,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type {CheckedDrift} from '../../activities/monitor/check-drift.ts';
import type {MonitorSettings} from '../../activities/monitor/monitor-settings.ts';
import {decideRetrain} from '../../core/drift/breaker.ts';
import type {DriftCheck, MonitorInput, MonitorLook, MonitorState} from '../../schemas/drift.ts';
import {ErrorType} from '../../schemas/errors.ts';
import type {PersonActs, Progress} from '../../schemas/messages.ts';
import {lasting, rows} from '../activities.ts';
import {misshapenAct} from '../person-acts.ts';
import {rootMessage} from '../root-message.ts';
import {startOrJoinRetrain} from '../start-or-join.ts';
import {monitorDetails} from './details.ts';

/** Where ratchet.yaml cannot be read. */
const DEFAULT_SETTINGS: MonitorSettings = {intervalMs: 3_600_000, coolDownMs: 86_400_000, circuitBreaker: 3};

interface Started {
  readonly retrain: Exclude<MonitorLook['retrain'], 'none'>;
  /** Why there is no new retrain, '' if there is one. */
  readonly hold: string;
}

/** What a monitor knows, and its looks. */
export class Watch {
  readonly #project: string;
  /** Reads a YAML or a few documents: seconds. Retried for as long as the store is away. */
  readonly #store: ReturnType<typeof lasting>;
  /** Two windows of traces, embedded and permuted: seconds, minutes on a busy machine. The next look comes anyway. */
  readonly #windows: ReturnType<typeof rows>;
  state: MonitorState;
  last: MonitorLook | null;
  settings = DEFAULT_SETTINGS;
  /** Somebody wants a look now. */
  asked = false;
  /** Looks of this execution. */
  looks = 0;
  #looking = false;
  /** Why a reset that nobody waits for did not come about. */
  #notReset: string | null = null;
  readonly #used = new Set<string>();

  constructor({project, state, last}: MonitorInput) {
    this.#project = project;
    this.#store = lasting(project);
    this.#windows = rows(project, 3);
    this.state = state ?? {reference: null, seenTo: null, resetAt: null, startedAt: null, checks: 0};
    this.last = last ?? null;
  }

  get progress(): Progress {
    return {
      stage: 'monitor',
      done: this.state.checks,
      total: 0,
      unit: 'looks',
      note: this.last?.note ?? 'has not looked yet',
    };
  }

  show(next: string = this.#waits()): void {
    const {last, settings} = this;
    setCurrentDetails(monitorDetails({last, next, settings, notReset: this.#notReset}));
  }

  /** For who waits for the answer. One that is under way began before the question: the answer is the one after it. */
  async lookNow(): Promise<MonitorLook> {
    const answer = this.looks + (this.#looking ? 2 : 1);
    this.asked = true;
    await condition(() => this.looks >= answer);
    return this.last!;
  }

  /** Closes the circuit for a person who may. */
  async reset({by, comment, signed}: PersonActs): Promise<{closed: true}> {
    const {workflowId: monitor, runId: run} = workflowInfo();
    const at = new Date(Date.now()).toISOString();
    if (signed !== undefined && this.#used.has(signed.signature))
      throw refused('this signature has been used: sign again');
    // Before the answer: of two that come with one signature the second is not looked at.
    if (signed !== undefined) this.#used.add(signed.signature);
    const recorded = await this.#store.recordReset.executeWithOptions(
      {summary: 'audit: a person closed the circuit'},
      [{project: this.#project, at, by, comment, monitor, run, ...(signed === undefined ? {} : {signed})}],
    );
    // What a worker of an earlier version recorded has no answer.
    if (recorded?.status === 'refused') throw refused(recorded.reason);
    this.state = {...this.state, resetAt: at};
    this.#notReset = null;
    return {closed: true};
  }

  /** The same for an act that nobody waits for: why it did not come about stands in the details. */
  async resetUnasked(argument: PersonActs): Promise<void> {
    // Of a signature the activity says whether it can be one, in this version and in that of a history.
    if (misshapenAct(argument, () => null) !== null) return;
    try {
      await this.reset(argument);
    } catch (error) {
      // A signal has no answer, and what anybody can send must not fail the workflow.
      const failed = error instanceof ActivityFailure || error instanceof ApplicationFailure;
      if (!failed || isCancellation(error)) throw error;
      this.#notReset = rootMessage(error);
      this.show();
    }
  }

  async readSettings(): Promise<void> {
    try {
      this.settings = await this.#store.monitorSettings.executeWithOptions({summary: 'read the settings'}, [
        {project: this.#project},
      ]);
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    }
  }

  /** One look, and what is done about what it finds. */
  async look(): Promise<void> {
    const forced = this.asked;
    [this.asked, this.#looking] = [false, true];
    this.show('looks');
    this.last = await this.#lookOnce(forced);
    this.#looking = false;
    this.looks += 1;
    this.show();
    this.state = {...this.state, checks: this.state.checks + 1};
  }

  async #lookOnce(forced: boolean): Promise<MonitorLook> {
    const at = new Date(Date.now()).toISOString();
    try {
      const seen = await this.#windows.checkDrift.executeWithOptions(
        {summary: forced ? 'look, as asked' : 'look'},
        [{project: this.#project, state: this.state, forced, at}],
      );
      this.state = {
        ...this.state,
        reference: seen.reference,
        seenTo: seen.seenTo,
        ...(seen.budget === undefined ? {} : {budget: seen.budget}),
      };
      const newSources = seen.newSources ?? [];
      if (seen.check?.drift.drifted) return await this.#answerDrift(at, seen.check);
      if (newSources.length > 0) return await this.#answerNewData(at, seen, newSources);
      return {at, check: seen.check, note: seen.note, retrain: 'none'};
    } catch (error) {
      // A look that fails is said and shown; the monitor lives on.
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      return {at, check: null, note: `could not look: ${rootMessage(error)}`, retrain: 'none'};
    }
  }

  async #answerDrift(at: string, check: DriftCheck): Promise<MonitorLook> {
    const {retrain, hold} = await this.#startOrHold(at, 'drift');
    const {release, reason, drift} = check;
    await this.#store.recordDrift.executeWithOptions({summary: `audit: drift, retrain ${retrain}`}, [
      {project: this.#project, at, release, reason, report: drift.report.sha256, retrain, hold},
    ]);
    return {at, check, note: hold ? `${reason}; no retrain: ${hold}` : reason, retrain};
  }

  async #answerNewData(
    at: string,
    {check, note}: CheckedDrift,
    sources: readonly string[],
  ): Promise<MonitorLook> {
    const {retrain, hold} = await this.#startOrHold(at, 'new_data');
    // What holds it stands in the look: it is new data still at the next one.
    if (retrain === 'started')
      await this.#store.recordNewData.executeWithOptions({summary: 'audit: new data, retrain started'}, [
        {project: this.#project, at, sources: [...sources]},
      ]);
    const found = `${note}; new data in ${sources.join(', ')}`;
    return {at, check, note: hold ? `${found}; no retrain: ${hold}` : found, retrain};
  }

  async #startOrHold(at: string, reason: 'drift' | 'new_data'): Promise<Started> {
    const project = this.#project;
    const {startedAt, resetAt} = this.state;
    const recorded = await this.#store.pastRetrains.executeWithOptions(
      {summary: 'what became of the last retrains'},
      [{project}],
    );
    // One that was started a moment ago has no record yet.
    const own = startedAt === null ? [] : [{run: '', startedAt: Date.parse(startedAt), promoted: null}];
    const decision = decideRetrain({
      past: [...recorded, ...own],
      now: Date.now(),
      settings: this.settings,
      resetAt: resetAt === null ? null : Date.parse(resetAt),
    });
    if ('hold' in decision) return {retrain: decision.hold, hold: decision.reason};
    const {status, workflowId} = await startOrJoinRetrain({
      project,
      reason,
      startedBy: reason,
      starterKey: '',
    });
    if (status !== 'started') return {retrain: 'running', hold: `${workflowId} is running`};
    this.state = {...this.state, startedAt: at};
    return {retrain: 'started', hold: ''};
  }

  #waits(): string {
    return `next look in ${Math.round(this.settings.intervalMs / 1000)} s, or at once: ratchet monitor check`;
  }
}

export function refused(reason: string): ApplicationFailure {
  return ApplicationFailure.create({type: ErrorType.InvalidInput, message: reason, nonRetryable: true});
}
