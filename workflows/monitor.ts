import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type {CheckedDrift} from '../activities/monitor/check-drift.ts';
import type {MonitorSettings} from '../activities/monitor/monitor-settings.ts';
import {decideRetrain} from '../core/drift/breaker.ts';
import type {DriftCheck, MonitorInput, MonitorLook, MonitorState} from '../schemas/drift.ts';
import {ErrorType} from '../schemas/errors.ts';
import {CHECK_NOW, LAST_LOOK, PROGRESS, RESET_CIRCUIT} from '../schemas/messages.ts';
import type {PersonActs, Progress} from '../schemas/messages.ts';
import {short} from '../schemas/names.ts';
import {lasting, rows} from './activities.ts';
import {misshapenAct} from './person-acts.ts';
import {rootMessage} from './root-message.ts';
import {ratchetAttributes} from './search-attributes.ts';
import {startOrJoinRetrain} from './start-or-join.ts';

/** A look is a handful of events; a history is closed long before Temporal insists. */
const LOOKS_A_RUN = 100;
/** Where ratchet.yaml cannot be read. */
const DEFAULT_SETTINGS: MonitorSettings = {intervalMs: 3_600_000, coolDownMs: 86_400_000, circuitBreaker: 3};

/**
 * Looks at what answers, for as long as the project lives: compares windows, and starts a retrain when something drifted or
 * the sources hold new data, at most one at a time, not within the cool-down, and not when the last ones all came to nothing.
 */
export async function monitor(input: MonitorInput): Promise<void> {
  const {project} = input;
  const {workflowId: monitor, runId: run} = workflowInfo();
  // Reads a YAML or a few documents: seconds. Retried for as long as the store is away.
  const {monitorSettings, pastRetrains, recordDrift, recordNewData, recordReset} = lasting(project);
  // Two windows of traces, embedded and permuted: seconds, minutes on a busy machine. The next look comes anyway.
  const {checkDrift} = rows(project, 3);

  let state: MonitorState = input.state ?? {
    ...{reference: null, seenTo: null, resetAt: null, startedAt: null, checks: 0},
  };
  let settings = DEFAULT_SETTINGS;
  let asked = false;
  let looks = 0;
  let last = input.last ?? null;
  /** Why a reset that nobody waits for did not come about. */
  let notReset: string | null = null;
  const show = (next: string): void => setCurrentDetails(details({last, next, settings, notReset}));

  // 1. Handlers first.
  const look = async (): Promise<MonitorLook> => {
    // One that is under way began before the question: the answer is the one after it.
    const answer = looks + (looking ? 2 : 1);
    asked = true;
    await condition(() => looks >= answer);
    return last!;
  };
  const used = new Set<string>();
  const reset = async ({by, comment, signed}: PersonActs): Promise<{closed: true}> => {
    const resetAt = new Date(Date.now()).toISOString();
    if (signed !== undefined && used.has(signed.signature))
      throw refused('this signature has been used: sign anew');
    // Before the answer: of two that come with one signature the second is not looked at.
    if (signed !== undefined) used.add(signed.signature);
    const recorded = await recordReset.executeWithOptions({summary: 'audit: a person closed the circuit'}, [
      {project, at: resetAt, by, comment, monitor, run, ...(signed === undefined ? {} : {signed})},
    ]);
    // What a worker of an earlier version recorded has no answer.
    if (recorded?.status === 'refused') throw refused(recorded.reason);
    state = {...state, resetAt};
    notReset = null;
    return {closed: true};
  };
  let looking = false;
  setHandler(defineUpdate<MonitorLook, []>(CHECK_NOW), look);
  setHandler(defineSignal(CHECK_NOW), () => {
    asked = true;
  });
  setHandler(defineUpdate<{closed: true}, [PersonActs]>(RESET_CIRCUIT), reset, {
    validator: (argument) => {
      const wrong = misshapenAct(argument);
      if (wrong !== null) throw refused(wrong);
    },
  });
  setHandler(defineSignal<[PersonActs]>(RESET_CIRCUIT), async (argument) => {
    // Of a signature the activity says whether it can be one, in this version and in that of a history.
    if (misshapenAct(argument, () => null) !== null) return;
    try {
      await reset(argument);
    } catch (error) {
      // A signal has no answer, and what anybody can send must not fail the workflow: the reason stands in the details.
      const failed = error instanceof ActivityFailure || error instanceof ApplicationFailure;
      if (!failed || isCancellation(error)) throw error;
      notReset = rootMessage(error);
      show(waits());
    }
  });
  setHandler(defineQuery<MonitorLook | null>(LAST_LOOK), () => last);
  setHandler(defineQuery<Progress>(PROGRESS), () => ({
    ...{stage: 'monitor', done: state.checks, total: 0, unit: 'looks'},
    note: last?.note ?? 'has not looked yet',
  }));
  upsertSearchAttributes(ratchetAttributes({project, stage: 'monitor'}));

  // 2. Look, then wait; what it looks at, and how often, is read anew each time.
  for (;;) {
    settings = await readSettings();
    show(waits());
    await condition(() => asked, settings.intervalMs, {summary: 'until the next look'});
    const forced = asked;
    [asked, looking] = [false, true];
    show('looks');
    last = await lookOnce(forced);
    looking = false;
    looks += 1;
    show(waits());
    state = {...state, checks: state.checks + 1};
    const old = looks >= LOOKS_A_RUN || workflowInfo().continueAsNewSuggested;
    if (!old) continue;
    // Who waits for an answer gets it first; whoever asked meanwhile gets one more look.
    await condition(() => asked || allHandlersFinished());
    if (!asked) await continueAsNew<(input: MonitorInput) => Promise<void>>({project, state, last});
  }

  function waits(): string {
    return `next look in ${Math.round(settings.intervalMs / 1000)} s, or at once: ratchet monitor check`;
  }

  async function readSettings(): Promise<MonitorSettings> {
    try {
      return await monitorSettings.executeWithOptions({summary: 'read the settings'}, [{project}]);
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      return settings;
    }
  }

  async function lookOnce(forced: boolean): Promise<MonitorLook> {
    const at = new Date(Date.now()).toISOString();
    try {
      const seen = await checkDrift.executeWithOptions({summary: forced ? 'look, as asked' : 'look'}, [
        {project, state, forced, at},
      ]);
      state = {
        ...{...state, reference: seen.reference, seenTo: seen.seenTo},
        ...(seen.budget === undefined ? {} : {budget: seen.budget}),
      };
      const newSources = seen.newSources ?? [];
      if (seen.check?.drift.drifted) return await answerDrift(at, seen.check);
      if (newSources.length > 0) return await answerNewData(at, seen, newSources);
      return {at, check: seen.check, note: seen.note, retrain: 'none'};
    } catch (error) {
      // A look that fails is said and shown; the monitor lives on.
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      return {at, check: null, note: `could not look: ${rootMessage(error)}`, retrain: 'none'};
    }
  }

  async function answerDrift(at: string, check: DriftCheck): Promise<MonitorLook> {
    const {retrain, hold} = await startOrHold(at, 'drift');
    const {release, reason, drift} = check;
    await recordDrift.executeWithOptions({summary: `audit: drift, retrain ${retrain}`}, [
      {project, at, release, reason, report: drift.report.sha256, retrain, hold},
    ]);
    return {at, check, note: hold ? `${reason}; no retrain: ${hold}` : reason, retrain};
  }

  async function answerNewData(
    at: string,
    {check, note}: CheckedDrift,
    sources: readonly string[],
  ): Promise<MonitorLook> {
    const {retrain, hold} = await startOrHold(at, 'new_data');
    // What holds it stands in the look: it is new data still at the next one.
    if (retrain === 'started')
      await recordNewData.executeWithOptions({summary: 'audit: new data, retrain started'}, [
        {project, at, sources: [...sources]},
      ]);
    const found = `${note}; new data in ${sources.join(', ')}`;
    return {at, check, note: hold ? `${found}; no retrain: ${hold}` : found, retrain};
  }

  /** `hold` says why there is no new retrain, '' if there is one. */
  async function startOrHold(at: string, reason: 'drift' | 'new_data'): Promise<Started> {
    const recorded = await pastRetrains.executeWithOptions({summary: 'what became of the last retrains'}, [
      {project},
    ]);
    // One that was started a moment ago has no record yet.
    const own =
      state.startedAt === null ? [] : [{run: '', startedAt: Date.parse(state.startedAt), promoted: null}];
    const past = [...recorded, ...own];
    const resetAt = state.resetAt === null ? null : Date.parse(state.resetAt);
    const decision = decideRetrain({past, resetAt, now: Date.now(), settings});
    if ('hold' in decision) return {retrain: decision.hold, hold: decision.reason};
    const {status, workflowId} = await startOrJoinRetrain({
      ...{project, reason, startedBy: reason, starterKey: ''},
    });
    if (status !== 'started') return {retrain: 'running', hold: `${workflowId} is running`};
    state = {...state, startedAt: at};
    return {retrain: 'started', hold: ''};
  }
}

function refused(reason: string): ApplicationFailure {
  return ApplicationFailure.create({type: ErrorType.InvalidInput, message: reason, nonRetryable: true});
}

interface Started {
  readonly retrain: Exclude<MonitorLook['retrain'], 'none'>;
  readonly hold: string;
}

/** What a person who opens the monitor in the Temporal UI reads (Markdown). */
function details({
  last,
  next,
  settings,
  notReset,
}: {
  readonly last: MonitorLook | null;
  readonly next: string;
  readonly settings: MonitorSettings;
  readonly notReset: string | null;
}): string {
  const holds = `cool-down ${settings.coolDownMs / 60_000} min, circuit opens after ${settings.circuitBreaker} retrains without promotion`;
  const still = notReset === null ? [] : [`- the circuit could not be closed: ${notReset}`];
  if (last === null) return [`Has not looked yet; ${next}.`, `- ${holds}`, ...still].join('\n');
  const columns = last.check?.drift.columns ?? [];
  const about = [
    ...(last.check === null ? [] : [`release \`${short(last.check.release)}\``]),
    ...(last.check === null && last.retrain === 'none' ? [] : [`retrain: ${last.retrain}`]),
  ].join(', ');
  return [
    `**${last.check === null ? 'Nothing to compare' : last.check.drift.drifted ? 'Drifted' : 'No drift'}** at ${last.at}: ${last.note}`,
    ...(about === '' ? [] : [`- ${about}`]),
    `- ${next}; ${holds}`,
    ...still,
    ...columns.map(
      ({column, statistic, effect, threshold, p, drifted, note}) =>
        `- ${drifted ? '▲' : '·'} **${column}** ${statistic} ${effect.toFixed(3)} / ${threshold}, p ${p.toFixed(3)}${note ? `. ${note}` : ''}`,
    ),
  ].join('\n');
}
