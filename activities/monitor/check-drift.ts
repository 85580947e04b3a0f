import {z} from 'zod';
import type {detectDrift} from '../../core/drift/detect.ts';
import {spend, type ErrorBudget} from '../../core/drift/error-budget.ts';
import {leastAnswers} from '../../core/drift/observation.ts';
import {promptsOf} from '../../core/releases/models.ts';
import {MonitorState} from '../../schemas/drift.ts';
import type {DriftCheck, DriftReport, ReferenceWindow} from '../../schemas/drift.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import type {Release} from '../../schemas/release.ts';
import type {Feedback} from '../../schemas/trace.ts';
import type {Embedder} from '../../serving/clients/embedder/embedder.ts';
import {loadWordllama} from '../../serving/clients/embedder/wordllama.ts';
import {keepDriftCheck} from '../../stores/registry/drift-checks.ts';
import type {VectorTable} from '../../stores/vectors/vector-table.ts';
import {Vectors} from '../../stores/vectors/vectors.ts';
import type {Activity, ActivityContext} from '../context.ts';
import {currentProject} from '../current-project.ts';
import {inThread} from '../in-thread.ts';
import {activity} from '../activity.ts';
import {pauses} from '../pause.ts';
import {tellOfBrokenGlass} from '../notify/broken-glass.ts';
import {endOrphanedRollout} from '../rollout/end-orphaned-rollout.ts';
import {currentAnswers, inputOf, referenceAnswers, referenceWindow} from './answers.ts';
import type {Answers} from './answers.ts';
import {newData} from './new-data.ts';
import {observe} from './observe.ts';
import type {Eyes} from './observe.ts';

const CheckInput = z.strictObject({
  project: z.string(),
  state: MonitorState,
  /** Look at the newest window even if most of it was looked at before. */
  forced: z.boolean(),
  at: z.iso.datetime(),
});

export interface CheckedDrift {
  readonly check: DriftCheck | null;
  readonly note: string;
  readonly reference: ReferenceWindow | null;
  readonly seenTo: string | null;
  /** Missing where none was spent, and in what earlier versions recorded. */
  readonly budget?: ErrorBudget;
  /** Sources that hold something new; missing in what earlier versions recorded. */
  readonly newSources?: readonly string[];
}

/** People answer for some days; what they say later of the reference window no longer changes it. */
const FEEDBACK_MS = 14 * 86_400_000;

/**
 * Compares the newest window of answers by the stable release with its reference window, and stores the report; and sees
 * whether the project's sources hold something that no dataset was made of. Without `forced` a window is looked at once half of it is new: the same answers tested every hour would raise false alarms. Every look that compares spends of the error budget.
 */
export const checkDrift = activity(
  'cpu',
  CheckInput,
  async (checked, context, activity): Promise<CheckedDrift> => {
    const {project, state} = checked;
    const {stores} = context;
    const config = await currentProject(context, project);
    // Nobody else may look for days.
    await endOrphanedRollout({project}, context);
    await tellOfBrokenGlass({project, now: Date.parse(checked.at)}, context);
    const deployment = await stores.pointers.read(project);
    if (deployment === null) return nothing('no release is stable yet', state);
    const release = await stores.registry.release(project, deployment.stable);
    const fresh = await newData(config, context);
    const seen = await compare(release, {...checked, monitor: config.monitor}, context, activity);
    const note = fresh.note === null ? seen.note : `${seen.note}; ${fresh.note}`;
    return {...seen, note, newSources: fresh.sources};
  },
);

async function compare(
  release: Release,
  {project, state, forced, at, monitor}: z.infer<typeof CheckInput> & Pick<ProjectConfig, 'monitor'>,
  context: ActivityContext,
  activity: Activity,
): Promise<CheckedDrift> {
  const {stores} = context;
  const now = Date.parse(at) + 1;
  const about = {stores, project, release: release.digest, window: monitor.window, now};

  // 1. The windows.
  const known =
    state.reference?.release === release.digest && (state.reference.cycle ?? 'none') === monitor.cycle
      ? {reference: state.reference, note: ''}
      : null;
  const {reference, note} = known ?? (await referenceWindow({...about, cycle: monitor.cycle}));
  if (reference === null) return nothing(note, {...state, reference: null});
  const answers = await currentAnswers({...about, notBefore: Date.parse(reference.end)});
  const inputs = new Set(answers.traces.map(inputOf)).size;
  if (inputs < leastAnswers(monitor)) {
    return nothing(`${inputs} inputs since the reference window, at least ${leastAnswers(monitor)} needed`, {
      ...state,
      reference,
    });
  }
  const seenTo = state.seenTo === null ? 0 : Date.parse(state.seenTo);
  const fresh = new Set(answers.traces.filter((trace) => Date.parse(trace.at) > seenTo).map(inputOf)).size;
  if (!forced && fresh < monitor.window / 2) {
    return nothing(`${fresh} new inputs since the last look, ${Math.ceil(monitor.window / 2)} needed`, {
      ...state,
      reference,
    });
  }

  // 2. Figures of both.
  const former = await referenceAnswers(stores, project, reference, {...answers, window: monitor.window});
  const n = new Set(former.traces.map(inputOf)).size;
  if (n < leastAnswers(monitor)) {
    const few = `${n} inputs of the reference at this time of the ${reference.cycle ?? 'day'}`;
    return nothing(`${few}, at least ${leastAnswers(monitor)} needed`, {...state, reference});
  }
  activity.progress({done: 0, total: 2, unit: 'windows', note: `${n} and ${inputs} inputs`});
  const eyes = await eyesFor(release, context);
  const before = await observed(former, {project, eyes, now}, context, activity);
  activity.progress({done: 1, total: 2, unit: 'windows'});
  const after = await observed(answers, {project, eyes, now}, context, activity);

  // 3. What changed.
  const {alpha, budget} = spend(state.budget ?? null, at, {
    alpha: monitor.alpha,
    falseAlarms: monitor.false_alarms,
  });
  const [first, last] = [answers.traces[0]!.at, answers.traces.at(-1)!.at];
  const report: DriftReport = {
    v: 1,
    project,
    release: release.digest,
    reference: {from: reference.from, n},
    current: {from: first, to: last, n: inputs},
    ...(await inThread<typeof detectDrift>(
      'core/drift/detect',
      'detectDrift',
      [
        {
          reference: before,
          current: after,
          settings: {...monitor, alpha},
          seed: `${release.digest} ${first} ${last}`,
        },
      ],
      activity,
    )),
    alpha,
  };
  const ref = await stores.artifacts.putJson(report);
  const check: DriftCheck = {
    v: 1,
    project,
    at,
    release: release.digest,
    reason: report.reason,
    drift: {report: ref, drifted: report.drifted, columns: report.columns},
  };
  await keepDriftCheck(stores.objects, check);
  return {check, note: report.reason, reference, seenTo: last, budget};
}

function nothing(note: string, {reference, seenTo}: MonitorState): CheckedDrift {
  return {check: null, note, reference, seenTo};
}

async function observed(
  answers: Answers,
  {project, eyes, now}: {readonly project: string; readonly eyes: Eyes; readonly now: number},
  {stores}: ActivityContext,
  activity: Activity,
) {
  const from = Date.parse(answers.traces[0]!.at);
  const to = Math.min(now, Date.parse(answers.traces.at(-1)!.at) + FEEDBACK_MS);
  const about = new Set(
    answers.traces.flatMap(({id, shadowOf}) => (shadowOf === null ? [id] : [id, shadowOf])),
  );
  const feedback: Feedback[] = [];
  for await (const said of stores.traces.readFeedback(project, {from, to})) {
    if (about.has(said.trace.replace(/^chatcmpl-/, ''))) feedback.push(said);
  }
  return observe(answers, feedback, eyes, pauses(activity));
}

async function eyesFor(release: Release, context: ActivityContext): Promise<Eyes> {
  const labelTasks = new Set(
    Object.entries(promptsOf(release))
      .filter(([, {kind}]) => kind === 'classification')
      .map(([task]) => task),
  );
  const embedder = await embedderOf(context);
  return {embedder, trained: embedder && (await trainedOn(release, embedder, context)), labelTasks};
}

/** Null if this machine has no table of embeddings: the other columns are looked at all the same. */
async function embedderOf({environment}: ActivityContext): Promise<Embedder | null> {
  try {
    return await loadWordllama(environment.wordllama);
  } catch (error) {
    if (error instanceof RatchetError && error.type === 'InvalidInput') return null;
    throw error;
  }
}

function trainedOn(
  {project, createdFrom}: Release,
  {name}: Embedder,
  {stores}: ActivityContext,
): Promise<VectorTable | null> {
  return createdFrom === null
    ? Promise.resolve(null)
    : new Vectors(stores.objects).open(project, createdFrom, name);
}
