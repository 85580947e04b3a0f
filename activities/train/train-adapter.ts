import {existsSync} from 'node:fs';
import {mkdir, readFile} from 'node:fs/promises';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {CancelledFailure} from '@temporalio/common';
import {digestOf} from '../../core/identity/digest.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {ResolvedProject} from '../../schemas/stage.ts';
import type {RungResult, TrainerEvent, TrainingResult} from '../../schemas/training.ts';
import {Leases} from '../../stores/lease.ts';
import type {Activity, ActivityContext} from '../context.ts';
import type {Activities} from '../contract.ts';
import {thisMachine} from '../machine.ts';
import type {TrainerSpec, TrainingBackend} from './backend.ts';
import {Checkpoints} from './checkpoints.ts';
import {LocalProcess} from './local-process.ts';
import {basePath} from './base-path.ts';
import {PARITY_ROWS} from './parity-rows.ts';

/** Starts without a new checkpoint before the job is given up. */
const MAX_STARTS = 3;
const POLL_MS = 300;
const LEASE_MS = 60_000;
/** 128 + SIGTERM: the trainer saved and stopped because it was asked to. */
const STOPPED = 143;

type Input = Parameters<Activities['trainAdapter']>[0];

/** Runs the trainer to its end. */
export async function trainAdapter(
  input: Input,
  context: ActivityContext,
  activity: Activity,
): Promise<TrainingResult> {
  return followed(input, null, context, activity, ({adapter}) => adapter());
}

/** Runs the trainer to this step, a rung of a sweep; found if this trial was there before. */
export async function trainRung(
  input: Parameters<Activities['trainRung']>[0],
  context: ActivityContext,
  activity: Activity,
): Promise<RungResult> {
  const checkpoints = new Checkpoints(context.stores, input.request.project, input.key);
  const known = await checkpoints.rung(input.step);
  if (known) return known;
  const result = await followed(input, input.step, context, activity, ({rung}) => rung());
  await checkpoints.keepRung(input.step, result);
  return result;
}

/** What to take from a trainer that has ended well. */
interface Outcome {
  readonly adapter: () => Promise<TrainingResult>;
  readonly rung: () => Promise<RungResult>;
}

/**
 * Starts the trainer or re-attaches to it, uploads its checkpoints, restarts it when it was killed; `until` a step, or to
 * its end. On cancellation it is stopped; when only this worker shuts down it is left running for the next attempt.
 */
async function followed<T>(
  input: Input & {readonly account?: string},
  until: number | null,
  context: ActivityContext,
  activity: Activity,
  take: (outcome: Outcome) => Promise<T>,
): Promise<T> {
  const {request, key, set, account = activity.workflowId} = input;
  const {artifacts} = context.stores;
  const resolved = await artifacts.getJson(request.resolved, ResolvedProject);
  const backend = localBackend(context);
  const job = key.slice(0, 16);
  const folder = backend.folder(job);
  const checkpoints = new Checkpoints(context.stores, request.project, key);
  // Whoever has the newest lease writes: a worker that was stopped past its heartbeat and comes back is fenced.
  const leases = new Leases(context.stores.objects, request.project);
  const owner = `${activity.workflowId}#${activity.attempt}`;
  const acquired = await leases.acquire(`train-${job}`, {owner, ttlMs: LEASE_MS, takeOver: true});
  if (acquired.status !== 'acquired')
    throw new RatchetError(ErrorType.Fenced, `training ${job} is held by ${acquired.by}`);
  const {lease} = acquired;

  const spec = await prepare();
  const ledger = context.stores.costs.training({
    ...{project: request.project, run: request.run ?? null, workflow: account, job},
    ...{base: resolved.base.sha256, cpu: thisMachine().cpu, config: resolved.config},
    rowsPerStep:
      resolved.config.training.micro_batch_size * resolved.config.training.gradient_accumulation_steps,
  });
  let cursor = 0;
  let rungLoss: number | undefined;
  const found = await backend.status(job);
  let ran = found.state !== 'absent';
  // A failure that another execution left behind, or one that is worth another try, is not this attempt's: whoever runs
  // the training again has mended its cause, and it goes on from its checkpoint.
  let old =
    found.state === 'ended' &&
    found.code !== 0 &&
    (trainerError(found, folder).retryable || !(await checkpoints.startedBy(activity.runId)));
  for (;;) {
    const status = await backend.status(job);
    const early =
      status.state === 'ended' && status.rung !== undefined && (until === null || status.rung < until);
    if (status.state === 'ended' && status.code !== STOPPED && !old && !early) {
      await follow(true);
      if (status.code !== 0) throw trainerError(status, folder);
      return take({adapter: finish, rung});
    }
    if (status.state !== 'running') {
      await refuseOverBudget();
      if (ran && status.state === 'ended' && status.code === STOPPED) await checkpoints.forgiveStart();
      const starts = await checkpoints.countStart(activity.runId);
      if (starts > MAX_STARTS) {
        throw new RatchetError(
          'NoProgress',
          `training ${job} was started ${MAX_STARTS} times without reaching a new checkpoint: ${
            status.state === 'ended' && status.message ? `${status.message}; ` : ''
          }read ${path.join(folder, 'trainer.log')}`,
        );
      }
      await checkpoints.download(path.join(folder, 'checkpoints'));
      await backend.start(job, spec);
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
    await delay(POLL_MS);
  }

  /** The trainer saves and stops, and what it still said is kept. */
  async function stop(): Promise<void> {
    await backend.cancel(job);
    await follow(true);
  }

  async function refuseOverBudget(): Promise<void> {
    const over = await ledger.exceeded();
    if (over === null) return;
    await stop();
    const step = await checkpoints.lastStep();
    throw new RatchetError(
      ErrorType.BudgetExceeded,
      `${over.spent.toPrecision(3)} of ${over.limit} ${over.unit} are spent (${over.key}): the training ${
        step > 0 ? `stopped at its checkpoint of step ${step}` : 'did not reach a step'
      }; raise ${over.key} in ratchet.yaml and \`ratchet run ${request.project}\` again: it goes on from there`,
    );
  }

  async function prepare(): Promise<TrainerSpec> {
    await mkdir(folder, {recursive: true});
    const train = path.join(folder, 'train.jsonl');
    const validation = path.join(folder, 'validation.jsonl');
    const golden = path.join(folder, 'golden.txt');
    await artifacts.toFile(set.train, train);
    await artifacts.toFile(set.validation, validation);
    await artifacts.toFile(set.golden, golden);
    // A trial has the hyperparameters of its point, and no sweep of its own.
    const {sweep: _sweep, ...training} = resolved.config.training;
    return {
      v: 1,
      base: await basePath(resolved, context),
      train_file: train,
      validation_file: validation,
      golden_digests_file: golden,
      config: {...training, ...(await warmStart())},
      ...(until === null ? {} : {until_step: until}),
      threads: context.environment.trainerThreads,
      score_rows: PARITY_ROWS,
      gguf: resolved.config.engine.target === 'embedded' ? 'required' : 'if_possible',
      resume: 'auto',
    };
  }

  /** The stable release's adapter, where training goes on from it. */
  async function warmStart(): Promise<{init_adapter?: string}> {
    const {initWeights, initConfig} = request.refs;
    if (!initWeights || !initConfig) return {};
    const init = path.join(folder, 'init');
    await artifacts.toFile(initWeights, path.join(init, 'adapter_model.safetensors'));
    await artifacts.toFile(initConfig, path.join(init, 'adapter_config.json'));
    return {init_adapter: init};
  }

  /** Hands on what the trainer said since the last look; `last`: nothing more is to come. */
  async function follow(last = false): Promise<void> {
    const news = await backend.events(job, cursor);
    cursor = news.cursor;
    await ledger.heard(news.events, last);
    for (const event of news.events) {
      report(event, activity);
      if (event.event === 'rung' && event.step === until) rungLoss = event.val_loss;
      if (event.event === 'checkpoint') {
        await leases.renew(lease, LEASE_MS);
        await checkpoints.upload(path.join(folder, event['path'] as string)).catch((error: unknown) => {
          // The trainer keeps its last two: an older one may be gone when this worker comes back late.
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        });
      }
    }
  }

  /** An early stop before the rung is the trial's end: then its best loss counts. */
  async function rung(): Promise<RungResult> {
    await leases.check(lease);
    if (rungLoss !== undefined) return {step: until!, loss: rungLoss};
    const metrics = JSON.parse(await readFile(path.join(folder, 'out', 'metrics.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    return {step: Number(metrics['steps']), loss: Number(metrics['val_loss_best'])};
  }

  async function finish(): Promise<TrainingResult> {
    await leases.check(lease);
    const out = (name: string) => path.join(folder, 'out', name);
    const safetensors = await artifacts.putFile(
      out('adapter_model.safetensors'),
      'application/vnd.safetensors',
    );
    const config = await artifacts.putFile(out('adapter_config.json'), 'application/json');
    const gguf = existsSync(out('adapter.gguf'))
      ? await artifacts.putFile(out('adapter.gguf'), 'application/vnd.gguf')
      : null;
    const events = await artifacts.putFile(path.join(folder, 'events.jsonl'), 'application/jsonl');
    const scores = await artifacts.putFile(out('scores.jsonl'), 'application/jsonl');
    const metrics = JSON.parse(await readFile(out('metrics.json'), 'utf8')) as Record<string, unknown>;
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
      machine: thisMachine(),
      parity: null,
    };
  }
}

export function localBackend(context: ActivityContext): TrainingBackend {
  const {python, trainer} = context.environment;
  if (!python)
    throw new RatchetError(
      'InvalidInput',
      'this worker has no trainer environment (RATCHET_PYTHON): run ratchet’s set-up on it',
    );
  return new LocalProcess({root: context.jobFolder, python, trainer});
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
  folder: string,
): RatchetError {
  const known = Object.values(ErrorType).find((t) => t === type);
  return new RatchetError(
    known ?? 'TrainerFailed',
    message ?? `the trainer failed: read ${path.join(folder, 'trainer.log')}`,
  );
}
