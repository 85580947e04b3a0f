import type {DataView, TrainingView} from '../../core/evaluation/report/view.ts';
import {adapterOf} from '../../core/releases/models.ts';
import {Provenance, type DatasetVersion} from '../../schemas/dataset.ts';
import type {Release} from '../../schemas/release.ts';
import {SweepRecord, TrainerEvent, TrainingConfig} from '../../schemas/training.ts';
import {trainingOf} from '../../stores/registry/training-of.ts';
import type {Stores} from '../../stores/stores.ts';

/** Where the candidate comes from, for the report: figures of its dataset… */
export async function dataView(stores: Stores, version: DatasetVersion): Promise<DataView> {
  const provenance = await stores.artifacts.getJson(version.provenance, Provenance);
  const {rowsIn, rowsKept, drops, labels, scrubbed, sources, feedback} = provenance;
  return {
    rowsIn,
    rowsKept,
    splits: version.counts,
    drops,
    labels,
    scrubbed,
    sources: sources.map(({name, uri, rows}) => ({name, uri, rows})),
    feedback,
  };
}

/** …and the losses of the training that made its adapter; null where no record of it is left. */
export async function trainingView(stores: Stores, release: Release): Promise<TrainingView | null> {
  const adapter = adapterOf(release);
  if (adapter === null) return null;
  const result = (await trainingOf(stores, adapter.digest))?.result ?? null;
  const sweep = result?.sweep ? await stores.artifacts.getJson(result.sweep, SweepRecord) : null;
  // What the winner of a sweep was trained with stands in its point.
  const won = sweep?.trials.find(({number}) => number === sweep.winner)?.point ?? {};
  if (result === null || !(await stores.artifacts.exists(result.events))) return null;
  const train: {step: number; loss: number}[] = [];
  const validation: {step: number; loss: number}[] = [];
  let [began, ended]: [string | null, string | null] = [null, null];
  for await (const event of stores.artifacts.lines(result.events, TrainerEvent)) {
    began ??= event.t;
    ended = event.t;
    if (event.step === undefined) continue;
    if (event.event === 'step' && event.loss !== undefined) train.push({step: event.step, loss: event.loss});
    if (event.event === 'eval' && event.val_loss !== undefined)
      validation.push({step: event.step, loss: event.val_loss});
  }
  const {device, cpu_seconds: cpuSeconds, dtype} = result.metrics;
  const settings = {
    ...(result.settings === undefined ? {} : described(TrainingConfig.parse({...result.settings, ...won}))),
    ...(typeof dtype === 'string' ? {'number format': dtype} : {}),
    ...(result.parity === null
      ? {}
      : {
          'loss, trainer / engine': `${result.parity.reference.toFixed(4)} / ${result.parity.engine.toFixed(4)} on ${result.parity.rows} rows`,
        }),
  };
  return {
    steps: result.steps,
    rows: result.rows ?? null,
    began,
    ended,
    machine: result.machine ?? null,
    device: typeof device === 'string' ? device : 'cpu',
    cpuSeconds: typeof cpuSeconds === 'number' ? cpuSeconds : null,
    train: onePerStep(train),
    validation: onePerStep(validation),
    settings,
    sweep,
  };
}

/** The hyperparameters that a reader looks for. */
function described(training: TrainingConfig): Record<string, string> {
  return {
    epochs:
      training.max_steps === undefined ? `${training.num_epochs}` : `at most ${training.max_steps} steps`,
    'LoRA r / alpha / dropout': `${training.lora_r} / ${training.lora_alpha} / ${training.lora_dropout}`,
    targets:
      training.lora_target_modules?.join(', ') ?? (training.lora_target_linear ? 'all linear' : 'default'),
    'learning rate': `${training.learning_rate}, ${training.lr_scheduler}, ${training.warmup_ratio === undefined ? `${training.warmup_steps} warm-up steps` : `warm-up ratio ${training.warmup_ratio}`}`,
    'batch size': `${training.micro_batch_size} × ${training.gradient_accumulation_steps}`,
    'sequence length': `${training.sequence_len}`,
    'weight decay': `${training.weight_decay}`,
    'largest gradient norm': `${training.max_grad_norm}`,
    'early stopping':
      training.early_stopping_patience === undefined
        ? 'off'
        : `after ${training.early_stopping_patience} evaluations without a lower validation loss`,
    seed: `${training.seed}`,
  };
}

/** A resumed training tells some steps twice: the later word counts. */
function onePerStep(points: readonly {step: number; loss: number}[]): {step: number; loss: number}[] {
  return [...new Map(points.map((point) => [point.step, point])).values()].sort((a, b) => a.step - b.step);
}
