import {CancelledFailure} from '@temporalio/common';
import {digestOf} from '../../core/identity/digest.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import type {train} from '../../schemas/stages/train.ts';
import type {TrainingSet} from '../../schemas/training-set.ts';
import type {RungResult, TrainerEvent, TrainingResult} from '../../schemas/training.ts';
import type {TrainingLedger} from '../../stores/costs/training-ledger.ts';
import type {Activity, ActivityContext} from '../context.ts';
import {overBudget} from '../cost/over-budget.ts';
import type {StageCall} from '../stage/stage-activity.ts';
import type {JobStatus, Training} from './backend.ts';
import {Checkpoints} from './checkpoints.ts';
import {jobName} from './process-training.ts';

/** Starts without a new checkpoint before the job is given up. */
const MAX_STARTS = 3;
/** 128 + SIGTERM: the trainer saved and stopped because it was asked to. */
const STOPPED = 143;

export interface TrainingInput {
  readonly request: StageCall<typeof train>;
  readonly key: string;
  readonly set: TrainingSet;
  readonly account?: string | undefined;
}

/** One attempt's way through a training that may have begun before it, `until` a step or to its end (null). */
export class TrainingRun {
  readonly #training: Training;
  readonly #input: TrainingInput;
  readonly #until: number | null;
  readonly #context: ActivityContext;
  readonly #activity: Activity;
  readonly #checkpoints: Checkpoints;
  readonly #ledger: TrainingLedger;
  /** Where the trainer's events were read up to. */
  #cursor = 0;
  #rungLoss: number | undefined;
  /** The trainer has run, in this attempt or before. */
  #ran = false;
  /** It ended by a failure that is not this attempt's. */
  #old = false;

  constructor(
    training: Training,
    input: TrainingInput,
    until: number | null,
    context: ActivityContext,
    activity: Activity,
  ) {
    const {request, key, account} = input;
    const {settings, operation, project, run} = request;
    const workflow = account ?? activity.workflowId;
    this.#training = training;
    this.#input = input;
    this.#until = until;
    this.#context = context;
    this.#activity = activity;
    this.#checkpoints = new Checkpoints(context.stores, project, key);
    this.#ledger = context.stores.costs.training({
      project,
      run,
      workflow,
      job: jobName({key}),
      base: settings.base.sha256,
      cpu: training.cpu,
      config: operation,
      rowsPerStep: settings.training.micro_batch_size * settings.training.gradient_accumulation_steps,
    });
  }

  /** Throws the trainer's own error, NoProgress, BudgetExceeded, or CancelledFailure. */
  async toTheEnd(): Promise<void> {
    const activity = this.#activity;
    await this.#find();
    for (;;) {
      const status = await this.#training.status();
      if (this.#hasEnded(status)) {
        await this.#follow(true);
        if (status.code !== 0) throw trainerError(status, this.#training);
        return;
      }
      if (status.state !== 'running') await this.#start(status);
      if (activity.signal.aborted) await this.#leave();
      await this.#follow();
      await this.#refuseOverBudget();
      if (status.state === 'running' && status.note !== undefined)
        activity.progress({done: 0, total: 0, unit: 'steps', note: status.note});
      await this.#training.news(activity.signal);
    }
  }

  /** An early stop before the rung is the trial's end: then its best loss counts. */
  async rung(): Promise<RungResult> {
    if (this.#rungLoss !== undefined) return {step: this.#until!, loss: this.#rungLoss};
    const {metrics} = await this.#training.outputs();
    return {step: Number(metrics['steps']), loss: Number(metrics['val_loss_best'])};
  }

  async adapter(): Promise<TrainingResult> {
    const {request, set} = this.#input;
    const {base, training} = request.settings;
    const {safetensors, config, gguf, metrics, events, scores, merged, machine} =
      await this.#training.outputs();
    return {
      adapter: {
        digest: safetensors.sha256,
        safetensors,
        config,
        gguf,
        base: base.sha256,
        dataset: request.inputs.dataset,
        training: digestOf(training),
      },
      metrics,
      events,
      scores,
      ...(merged ? {merged} : {}),
      steps: Number(metrics['steps']),
      settings: training,
      ...(set.rows ? {rows: set.rows} : {}),
      machine,
      parity: null,
    };
  }

  /**
   * A failure of an earlier execution, or one that is worth another try, is not this attempt's: its cause may be fixed since, and
   * the training continues from its checkpoint.
   */
  async #find(): Promise<void> {
    const found = await this.#training.status();
    this.#ran = found.state !== 'absent';
    this.#old =
      found.state === 'ended' &&
      found.code !== 0 &&
      (trainerError(found, this.#training).retryable ||
        !(await this.#checkpoints.startedBy(this.#activity.runId)));
  }

  #hasEnded(status: JobStatus): status is Extract<JobStatus, {readonly state: 'ended'}> {
    if (status.state !== 'ended' || status.code === STOPPED || this.#old) return false;
    // It stands at an earlier rung: it goes on from there.
    const {rung} = status;
    return !(rung !== undefined && (this.#until === null || rung < this.#until));
  }

  async #start(status: JobStatus): Promise<void> {
    await this.#refuseOverBudget();
    if (this.#ran && status.state === 'ended' && status.code === STOPPED)
      await this.#checkpoints.forgiveStart();
    const starts = await this.#checkpoints.countStart(this.#activity.runId);
    if (starts > MAX_STARTS) {
      const last = 'message' in status && status.message ? `${status.message}; ` : '';
      throw new RatchetError(
        'NoProgress',
        `training ${jobName(this.#input)} was started ${MAX_STARTS} times without reaching a new checkpoint: ${last}${this.#training.more}`,
      );
    }
    await this.#training.start();
    this.#ran = true;
    this.#old = false;
  }

  /** Always throws. */
  async #leave(): Promise<never> {
    const goesOn = this.#activity.shuttingDown();
    if (!goesOn) await this.#stop();
    throw new CancelledFailure(
      goesOn ? 'this worker shuts down; the trainer goes on' : 'the training was cancelled',
    );
  }

  /** The trainer saves and stops, and what it still said is kept. */
  async #stop(): Promise<void> {
    await this.#training.cancel();
    await this.#follow(true);
  }

  async #refuseOverBudget(): Promise<void> {
    const over = await this.#ledger.exceeded();
    if (over === null) return;
    await this.#stop();
    const {project, run} = this.#input.request;
    const step = await this.#checkpoints.lastStep();
    const reason = `${over.spent.toPrecision(3)} of ${over.limit} ${over.unit} are spent (${over.key}): the training ${
      step > 0 ? `stopped at its checkpoint of step ${step}` : 'did not reach a step'
    }; raise ${over.key} in ratchet.yaml and \`ratchet run ${project}\` again: it goes on from there`;
    const workflow = this.#input.account ?? this.#activity.workflowId;
    await overBudget({project, run, workflow, reason}, this.#context);
  }

  /** Hands on what the trainer said since the last look; `last`: nothing more is to come. */
  async #follow(last = false): Promise<void> {
    const news = await this.#training.events(this.#cursor);
    this.#cursor = news.cursor;
    await this.#ledger.heard(news.events, last);
    for (const event of news.events) {
      report(event, this.#activity);
      if (event.event === 'rung' && event.step === this.#until) this.#rungLoss = event.val_loss;
    }
  }
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
