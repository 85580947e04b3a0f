import {CancelledFailure} from '@temporalio/common';
import {digestOf} from '../../core/identity/digest.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {ResolvedProject} from '../../schemas/stage.ts';
import type {TrainerEvent, TrainingResult} from '../../schemas/training.ts';
import type {TrainingJob} from '../../schemas/training-job.ts';
import type {Activity, ActivityContext} from '../context.ts';
import type {Activities} from '../contract.ts';
import type {Training} from './backend.ts';
import {Checkpoints} from './checkpoints.ts';
import {PARITY_ROWS} from './parity-rows.ts';
import {jobName} from './process-training.ts';
import {trainingBackend} from './training-backend.ts';

/** Starts without a new checkpoint before the job is given up. */
const MAX_STARTS = 3;
/** 128 + SIGTERM: the trainer saved and stopped because it was asked to. */
const STOPPED = 143;

type Input = Parameters<Activities['trainAdapter']>[0];

/**
 * Runs the trainer to its end: starts it or re-attaches to it, restarts it when it was killed. On cancellation it is stopped;
 * when only this worker shuts down it is left running for the next attempt.
 */
export async function trainAdapter(
  input: Input,
  context: ActivityContext,
  activity: Activity,
): Promise<TrainingResult> {
  const {artifacts} = context.stores;
  const resolved = await artifacts.getJson(input.request.resolved, ResolvedProject);
  const backend = await trainingBackend(context);
  const owner = `${activity.workflowId}#${activity.attempt}`;
  const training = await backend.attach(trainingJob(input, resolved), owner);
  try {
    return await toTheEnd(training, input, resolved, context, activity);
  } finally {
    training.close();
  }
}

async function toTheEnd(
  training: Training,
  {request, key, set}: Input,
  resolved: ResolvedProject,
  context: ActivityContext,
  activity: Activity,
): Promise<TrainingResult> {
  const checkpoints = new Checkpoints(context.stores, request.project, key);
  let cursor = 0;
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
    if (status.state === 'ended' && status.code !== STOPPED && !old) {
      await follow();
      if (status.code !== 0) throw trainerError(status, training);
      return finish();
    }
    if (status.state !== 'running') {
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
      if (!activity.shuttingDown()) await training.cancel();
      throw new CancelledFailure(
        activity.shuttingDown()
          ? 'this worker shuts down; the trainer goes on'
          : 'the training was cancelled',
      );
    }
    await follow();
    if (status.state === 'running' && status.note !== undefined)
      activity.progress({done: 0, total: 0, unit: 'steps', note: status.note});
    await training.news(activity.signal);
  }

  /** Hands on what the trainer said since the last look. */
  async function follow(): Promise<void> {
    const news = await training.events(cursor);
    cursor = news.cursor;
    for (const event of news.events) report(event, activity);
  }

  async function finish(): Promise<TrainingResult> {
    const {safetensors, config, gguf, metrics, events, scores, machine} = await training.outputs();
    return {
      adapter: {
        digest: safetensors.sha256,
        safetensors,
        config,
        gguf,
        base: resolved.base.sha256,
        dataset: request.inputs.dataset!,
        training: digestOf(resolved.config.training),
      },
      metrics,
      events,
      scores,
      steps: Number(metrics['steps']),
      ...(set.rows ? {rows: set.rows} : {}),
      machine,
      parity: null,
    };
  }
}

/** What the trainer is to do, by reference. */
function trainingJob({request, key, set}: Input, resolved: ResolvedProject): TrainingJob {
  const {config, base} = resolved;
  // The stable release's adapter, where training goes on from it.
  const {initWeights, initConfig} = request.refs;
  return {
    v: 1,
    project: request.project,
    key,
    base,
    base_model: config.base_model,
    training: config.training,
    gguf: config.engine.target === 'embedded' ? 'required' : 'if_possible',
    score_rows: PARITY_ROWS,
    train: set.train,
    validation: set.validation,
    golden: set.golden,
    init: initWeights && initConfig ? {weights: initWeights, config: initConfig} : null,
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
