import {z} from 'zod';
import {Digest} from '../../schemas/artifact.ts';
import {train} from '../../schemas/stages/train.ts';
import {TrainingSet} from '../../schemas/training-set.ts';
import type {RungResult, TrainingResult} from '../../schemas/training.ts';
import type {TrainingJob} from '../../schemas/training-job.ts';
import type {Activity, ActivityContext} from '../context.ts';
import {stageActivity} from '../stage/stage-activity.ts';
import {Checkpoints} from './checkpoints.ts';
import {PARITY_ROWS} from './parity-rows.ts';
import {trainingBackend} from './training-backend.ts';
import {TrainingRun, type TrainingInput} from './training-run.ts';

/** What a training is given beside its request. */
const TRAINING = {
  key: Digest,
  set: TrainingSet,
  /** The workflow whose ledger is charged, where it is not the one that asks. */
  account: z.string().optional(),
};
/** Runs the trainer to its end. */
export const trainAdapter = stageActivity(
  train,
  'gpu',
  TRAINING,
  async (input, context, activity): Promise<TrainingResult> => {
    return followed(input, null, context, activity, (run) => run.adapter());
  },
);

/** Runs the trainer to this step, a rung of a sweep; found if this trial was there before. */
export const trainRung = stageActivity(
  train,
  'gpu',
  {...TRAINING, step: z.int().min(1)},
  async (input, context, activity): Promise<RungResult> => {
    const checkpoints = new Checkpoints(context.stores, input.request.project, input.key);
    const known = await checkpoints.rung(input.step);
    if (known) return known;
    const result = await followed(input, input.step, context, activity, (run) => run.rung());
    await checkpoints.keepRung(input.step, result);
    return result;
  },
);

/**
 * Runs the trainer `until` a step, or to its end: starts it or re-attaches to it, restarts it when it was killed. On
 * cancellation, and where the budget is used up, it is stopped; when only this worker shuts down it is left running for the
 * next attempt.
 */
async function followed<T>(
  input: TrainingInput,
  until: number | null,
  context: ActivityContext,
  activity: Activity,
  take: (run: TrainingRun) => Promise<T>,
): Promise<T> {
  const backend = await trainingBackend(context);
  const owner = `${activity.workflowId}#${activity.attempt}`;
  const training = await backend.attach(trainingJob(input, until), owner);
  try {
    const run = new TrainingRun(training, input, until, context, activity);
    await run.toTheEnd();
    return await take(run);
  } finally {
    training.close();
  }
}

/** What the trainer is to do, by reference. */
function trainingJob({request, key, set}: TrainingInput, until: number | null): TrainingJob {
  const {
    settings: {base, training: configured, engine},
    operation,
  } = request;
  // A trial gets its point's hyperparameters and no sweep of its own; the rows already say which turns carry loss.
  const {sweep: _sweep, roles_to_train: _roles, ...hyperparameters} = configured;
  const {tracking} = operation;
  // The stable release's adapter, where training goes on from it.
  const {initWeights, initConfig} = request.refs;
  return {
    v: 1,
    project: request.project,
    key,
    base,
    base_model: operation.baseModel,
    training: {...hyperparameters, ...operation.saves},
    gguf: engine === 'llama.cpp' ? 'required' : 'if_possible',
    engine,
    ...((tracking.mlflow_tracking_uri ?? tracking.wandb_project) ? {tracking} : {}),
    score_rows: PARITY_ROWS,
    train: set.train,
    validation: set.validation,
    golden: set.golden,
    init: initWeights && initConfig ? {weights: initWeights, config: initConfig} : null,
    ...(until === null ? {} : {until_step: until}),
  };
}
