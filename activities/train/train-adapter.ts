import {CancelledFailure} from '@temporalio/common';
import {z} from 'zod';
import {digestOf} from '../../core/identity/digest.ts';
import {Digest} from '../../schemas/artifact.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {train} from '../../schemas/stages/train.ts';
import {TrainingSet} from '../../schemas/training-set.ts';
import type {RungResult, TrainerEvent, TrainingResult} from '../../schemas/training.ts';
import type {TrainingJob} from '../../schemas/training-job.ts';
import type {Activity, ActivityContext} from '../context.ts';
import {overBudget} from '../cost/over-budget.ts';
import {stageActivity, type Asked} from '../stage/stage-activity.ts';
import type {Training} from './backend.ts';
import {Checkpoints} from './checkpoints.ts';
import {PARITY_ROWS} from './parity-rows.ts';
import {jobName} from './process-training.ts';
import {trainingBackend} from './training-backend.ts';

/** Starts without a new checkpoint before the job is given up. */
const MAX_STARTS = 3;
/** 128 + SIGTERM: the trainer saved and stopped because it was asked to. */
const STOPPED = 143;

/** What a training is given beside its request. */
const TRAINING = {
  key: Digest,
  set: TrainingSet,
  /** The workflow whose ledger is charged, where it is not the one that asks. */
  account: z.string().optional(),
};
interface Input {
  readonly request: Asked<typeof train>;
  readonly key: string;
  readonly set: TrainingSet;
  readonly account?: string | undefined;
}

/** Runs the trainer to its end. */
export const trainAdapter = stageActivity(
  train,
  'gpu',
  TRAINING,
  async (input, context, activity): Promise<TrainingResult> => {
    return followed(input, null, context, activity, ({adapter}) => adapter());
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
    const result = await followed(input, input.step, context, activity, ({rung}) => rung());
    await checkpoints.keepRung(input.step, result);
    return result;
  },
);

/** What to take from a training that has ended well. */
interface Outcome {
  readonly adapter: () => Promise<TrainingResult>;
  readonly rung: () => Promise<RungResult>;
}
type Take<T> = (outcome: Outcome) => Promise<T>;

/**
 * Runs the trainer `until` a step, or to its end: starts it or re-attaches to it, restarts it when it was killed. On
 * cancellation, and where the budget is used up, it is stopped; when only this worker shuts down it is left running for the
 * next attempt.
 */
async function followed<T>(
  input: Input,
  until: number | null,
  context: ActivityContext,
  activity: Activity,
  take: Take<T>,
): Promise<T> {
  const backend = await trainingBackend(context);
  const owner = `${activity.workflowId}#${activity.attempt}`;
  const training = await backend.attach(trainingJob(input, until), owner);
  try {
    return await toTheEnd(training, input, until, context, activity, take);
  } finally {
    training.close();
  }
}

async function toTheEnd<T>(
  training: Training,
  {request, key, set, account}: Input,
  until: number | null,
  context: ActivityContext,
  activity: Activity,
  take: Take<T>,
): Promise<T> {
  const checkpoints = new Checkpoints(context.stores, request.project, key);
  const {settings, operation} = request;
  const {base} = settings;
  const ledger = context.stores.costs.training({
    ...{
      project: request.project,
      run: request.run,
      workflow: account ?? activity.workflowId,
      job: jobName({key}),
    },
    ...{base: base.sha256, cpu: training.cpu, config: operation},
    rowsPerStep: settings.training.micro_batch_size * settings.training.gradient_accumulation_steps,
  });
  let cursor = 0;
  let rungLoss: number | undefined;
  const found = await training.status();
  let ran = found.state !== 'absent';
  // A failure that another execution left behind, or one that is worth another try, is not this attempt's: whoever runs
  // the training again has mended its cause, and it goes on from its checkpoint.
  let old =
    found.state === 'ended' &&
    found.code !== 0 &&
    (trainerError(found, training).retryable || !(await checkpoints.startedBy(activity.runId)));
  for (;;) {
    const status = await training.status();
    const early =
      status.state === 'ended' && status.rung !== undefined && (until === null || status.rung < until);
    if (status.state === 'ended' && status.code !== STOPPED && !old && !early) {
      await follow(true);
      if (status.code !== 0) throw trainerError(status, training);
      return take({adapter, rung});
    }
    if (status.state !== 'running') {
      await refuseOverBudget();
      if (ran && status.state === 'ended' && status.code === STOPPED) await checkpoints.forgiveStart();
      const starts = await checkpoints.countStart(activity.runId);
      if (starts > MAX_STARTS) {
        throw new RatchetError(
          'NoProgress',
          `training ${jobName({key})} was started ${MAX_STARTS} times without reaching a new checkpoint: ${
            'message' in status && status.message ? `${status.message}; ` : ''
          }${training.more}`,
        );
      }
      await training.start();
      ran = true;
      old = false;
    }
    if (activity.signal.aborted) {
      if (!activity.shuttingDown()) await stop();
      throw new CancelledFailure(
        activity.shuttingDown()
          ? 'this worker shuts down; the trainer goes on'
          : 'the training was cancelled',
      );
    }
    await follow();
    await refuseOverBudget();
    if (status.state === 'running' && status.note !== undefined)
      activity.progress({done: 0, total: 0, unit: 'steps', note: status.note});
    await training.news(activity.signal);
  }

  /** The trainer saves and stops, and what it still said is kept. */
  async function stop(): Promise<void> {
    await training.cancel();
    await follow(true);
  }

  async function refuseOverBudget(): Promise<void> {
    const over = await ledger.exceeded();
    if (over === null) return;
    await stop();
    const step = await checkpoints.lastStep();
    const reason = `${over.spent.toPrecision(3)} of ${over.limit} ${over.unit} are spent (${over.key}): the training ${
      step > 0 ? `stopped at its checkpoint of step ${step}` : 'did not reach a step'
    }; raise ${over.key} in ratchet.yaml and \`ratchet run ${request.project}\` again: it goes on from there`;
    const {project, run} = request;
    await overBudget({project, run, workflow: account ?? activity.workflowId, reason}, context);
  }

  /** Hands on what the trainer said since the last look; `last`: nothing more is to come. */
  async function follow(last = false): Promise<void> {
    const news = await training.events(cursor);
    cursor = news.cursor;
    await ledger.heard(news.events, last);
    for (const event of news.events) {
      report(event, activity);
      if (event.event === 'rung' && event.step === until) rungLoss = event.val_loss;
    }
  }

  /** An early stop before the rung is the trial's end: then its best loss counts. */
  async function rung(): Promise<RungResult> {
    if (rungLoss !== undefined) return {step: until!, loss: rungLoss};
    const {metrics} = await training.outputs();
    return {step: Number(metrics['steps']), loss: Number(metrics['val_loss_best'])};
  }

  async function adapter(): Promise<TrainingResult> {
    const {
      safetensors,
      config: adapterConfig,
      gguf,
      metrics,
      events,
      scores,
      merged,
      machine,
    } = await training.outputs();
    return {
      adapter: {
        digest: safetensors.sha256,
        safetensors,
        config: adapterConfig,
        gguf,
        base: base.sha256,
        dataset: request.inputs.dataset,
        training: digestOf(settings.training),
      },
      metrics,
      events,
      scores,
      ...(merged ? {merged} : {}),
      steps: Number(metrics['steps']),
      settings: settings.training,
      ...(set.rows ? {rows: set.rows} : {}),
      machine,
      parity: null,
    };
  }
}

/** What the trainer is to do, by reference. */
function trainingJob({request, key, set}: Input, until: number | null): TrainingJob {
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

function report(event: TrainerEvent, activity: Activity): void {
  const {step = 0, max_steps: total = 0} = event;
  if (event.event === 'step')
    activity.progress({done: step, total, unit: 'steps', note: `loss ${event.loss?.toFixed(3)}`});
  if (event.event === 'eval')
    activity.progress({
      done: step,
      total,
      unit: 'steps',
      note: `validation loss ${event.val_loss?.toFixed(3)}`,
    });
  if (event.event === 'loaded') activity.progress({done: 0, total, unit: 'steps', note: 'model loaded'});
}

/** The trainer's own error type where it is one of ours. */
function trainerError(
  {type, message}: {readonly type?: string; readonly message?: string},
  {more}: Training,
): RatchetError {
  const known = Object.values(ErrorType).find((t) => t === type);
  return new RatchetError(known ?? 'TrainerFailed', message ?? `the trainer failed: ${more}`);
}
