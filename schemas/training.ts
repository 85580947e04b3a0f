import {z} from 'zod';
import {ArtifactRef} from './artifact.ts';
import {Machine} from './machine.ts';
import {RatchetError} from './errors.ts';
import {Adapter} from './release.ts';

/** Values to choose from, or a range to draw from. */
function knob<T extends z.ZodType>(value: T) {
  return z.array(value).min(1).optional();
}
const Range = z
  .strictObject({min: z.number(), max: z.number(), scale: z.enum(['linear', 'log']).default('linear')})
  .refine(({min, max}) => min < max, 'expected min below max')
  .refine(({min, scale}) => scale === 'linear' || min > 0, 'expected min above 0 on a log scale');
function rangeOr(value: z.ZodNumber) {
  return z.union([z.array(value).min(1), Range]).optional();
}

/**
 * Hyperparameters to search by successive halving; what is missing is as `training` says. None changes which rows are
 * trained on or how many steps there are, so that trials can be compared.
 */
export const Sweep = z
  .strictObject({
    /** At most so many trials; all combinations of the lists where they are fewer. */
    trials: z.int().min(2).max(81).default(9),
    /** Of what is drawn. */
    seed: z.int().min(0).default(7),
    learning_rate: rangeOr(z.number().positive().max(1)),
    lora_r: knob(z.int().min(1).max(512)),
    lora_alpha: rangeOr(z.number().positive()),
    lora_dropout: rangeOr(z.number().min(0).max(0.9)),
    weight_decay: rangeOr(z.number().min(0)),
    warmup_ratio: rangeOr(z.number().min(0).max(1)),
    max_grad_norm: rangeOr(z.number().positive()),
    lr_scheduler: knob(z.enum(['linear', 'cosine', 'constant'])),
  })
  .refine(
    ({trials: _trials, seed: _seed, ...knobs}) => Object.values(knobs).some((knob) => knob !== undefined),
    'expected at least one hyperparameter to search: a list of values, or {min, max}',
  );
export type Sweep = z.infer<typeof Sweep>;

/** axolotl's key names. Unknown keys are refused. */
export const TrainingConfig = z.strictObject({
  lora_r: z.int().min(1).max(512).default(16),
  lora_alpha: z.number().positive().default(32),
  lora_dropout: z.number().min(0).max(0.9).default(0),
  lora_target_linear: z.boolean().default(true),
  lora_target_modules: z.array(z.string()).optional(),
  sequence_len: z.int().min(16).max(131072).default(512),
  train_on_inputs: z.boolean().default(false),
  micro_batch_size: z.int().min(1).default(8),
  gradient_accumulation_steps: z.int().min(1).default(1),
  num_epochs: z.number().positive().default(1),
  max_steps: z.int().min(1).optional(),
  learning_rate: z.number().positive().max(1).default(2e-4),
  lr_scheduler: z.enum(['linear', 'cosine', 'constant']).default('linear'),
  warmup_steps: z.int().min(0).default(0),
  /** Share of all steps, instead of `warmup_steps`. */
  warmup_ratio: z.number().min(0).max(1).optional(),
  weight_decay: z.number().min(0).default(0),
  max_grad_norm: z.number().positive().default(1),
  eval_steps: z.int().min(1).optional(),
  evals_per_epoch: z.int().min(1).optional(),
  save_steps: z.int().min(1).optional(),
  saves_per_epoch: z.int().min(1).optional(),
  /** A checkpoint at the latest so many minutes after the last one, whatever the steps say; missing = 5. */
  save_minutes: z.number().positive().optional(),
  early_stopping_patience: z.int().min(1).optional(),
  seed: z.int().min(0).default(7),
  bf16: z.union([z.literal('auto'), z.boolean()]).default('auto'),
  // No defaults: a key that is new would give every project's adapters new names.
  group_by_length: z.boolean().optional(),
  gradient_checkpointing: z.boolean().optional(),
  /** Of a chat row every turn of the assistant is learned from, not its last one alone. */
  roles_to_train: z.tuple([z.literal('assistant')]).optional(),
  /** Several rows in one sequence; `micro_batch_size` then counts sequences. */
  sample_packing: z.boolean().optional(),
  peft_use_rslora: z.boolean().optional(),
  peft_use_dora: z.boolean().optional(),
  adapter: z.enum(['lora', 'qlora']).optional(),
  load_in_4bit: z.boolean().optional(),
  fsdp: z.boolean().optional(),
  merge_lora: z.boolean().optional(),
  mlflow_tracking_uri: z.url({protocol: /^https?$/, error: 'expected an http:// or https:// URL'}).optional(),
  mlflow_experiment_name: z.string().min(1).optional(),
  wandb_project: z.string().min(1).optional(),
  wandb_entity: z.string().min(1).optional(),
  sweep: Sweep.optional(),
});
export type TrainingConfig = z.infer<typeof TrainingConfig>;

/** Throws InvalidInput for a project that trains nothing. */
export function trainingConfigOf({training}: {readonly training: TrainingConfig | 'none'}): TrainingConfig {
  if (training !== 'none') return training;
  throw new RatchetError(
    'InvalidInput',
    'training: expected its settings, got none: this project trains nothing',
  );
}

/** Keys of `training` that say where its figures go, beside the ledger and the store. */
export const TRACKING = [
  'mlflow_tracking_uri',
  'mlflow_experiment_name',
  'wandb_project',
  'wandb_entity',
] as const;

/** Keys of `training` that no weight depends on: in no stage's key. */
export const OPERATIONAL_TRAINING = ['save_steps', 'saves_per_epoch', 'save_minutes', ...TRACKING] as const;

/** How many rows of each task go into a training set, and how classes are balanced. */
export const TaskMix = z.strictObject({
  /** At most so many rows of the train split; all of them if missing. */
  rows: z.int().min(1).optional(),
  /** `class`: the same number of rows of each label. */
  balance: z.enum(['none', 'class']).default('none'),
  /**
   * At most this share of the rows (of each class, where balanced) is what users corrected or confirmed, while there are
   * others: a model that learns mostly from the newest batch forgets what it knew.
   */
  feedback_share: z.number().min(0).max(1).default(0.25),
  validation_rows: z.int().min(1).default(64),
});

/** One line of the trainer's events.jsonl. */
export const TrainerEvent = z.looseObject({
  t: z.string(),
  event: z.enum([
    'started',
    'loaded',
    'resumed',
    'step',
    'eval',
    'checkpoint',
    'early_stop',
    'rung',
    'exported',
    'parity',
    'finished',
    'stopped',
    'error',
  ]),
  step: z.number().optional(),
  max_steps: z.number().optional(),
  loss: z.number().optional(),
  val_loss: z.number().optional(),
  seconds: z.number().optional(),
  /** Wall and CPU seconds of this process, the first of several, since it began. */
  process_seconds: z.number().optional(),
  process_cpu_seconds: z.number().optional(),
  /** Of `started`. */
  pid: z.int().optional(),
  /** Of `loaded`: `cpu`, `cuda:0`; and how many processes train, one a device. */
  device: z.string().optional(),
  processes: z.int().optional(),
  step_seconds: z.number().optional(),
});
export type TrainerEvent = z.infer<typeof TrainerEvent>;

/** Rows by task and label; '' where a row has none. */
export const RowCounts = z.record(z.string(), z.record(z.string(), z.int().nonnegative()));
export type RowCounts = z.infer<typeof RowCounts>;

export const TrainingResult = z.strictObject({
  adapter: Adapter,
  metrics: z.record(z.string(), z.unknown()),
  /** events.jsonl as it was at the end. */
  events: ArtifactRef,
  /** The trainer's own loss on the parity rows, JSONL {id, task, nll, tokens}: nats over the completion's tokens. */
  scores: ArtifactRef,
  /** With `merge_lora`: the files of the base with the adapter merged in, by name. */
  merged: z.record(z.string(), ArtifactRef).optional(),
  steps: z.int(),
  /** Hyperparameters as the trainer was given them; missing where an earlier version trained. */
  settings: z.record(z.string(), z.unknown()).optional(),
  /** Rows that the trainer was given; missing where an earlier version trained. */
  rows: z.strictObject({train: RowCounts, validation: RowCounts}).optional(),
  /** Of the gpu worker on which it ended; missing where an earlier version trained. */
  machine: Machine.optional(),
  /** The trainer's loss and the engine's on the same validation rows, in nats a completion token. */
  parity: z
    .strictObject({
      /** Means over all tokens: HF + PEFT, and the engine with what it serves of the adapter. */
      reference: z.number(),
      engine: z.number(),
      rows: z.int(),
      /** Mean absolute difference a row, by task; missing where an earlier version compared. */
      differences: z.record(z.string(), z.number()).optional(),
      /** The most that any of these may be. */
      tolerance: z.number(),
    })
    .nullable(),
  /** How a sweep came to these hyperparameters: a SweepRecord; missing where there was none. */
  sweep: ArtifactRef.optional(),
});
export type TrainingResult = z.infer<typeof TrainingResult>;

/** Hyperparameters of a trial, by their names in `training`. */
export const SweepPoint = z.record(z.string(), z.union([z.number(), z.string()]));
export type SweepPoint = z.infer<typeof SweepPoint>;

/** What a trial came to at a rung: the validation loss there, in nats a completion token; null where it failed. */
export const RungResult = z.strictObject({
  step: z.int(),
  loss: z.number().nullable(),
  /** Why it failed, in one line. */
  failed: z.string().optional(),
});
export type RungResult = z.infer<typeof RungResult>;

export const SweepTrial = z.strictObject({
  /** From 1, in the order in which they were drawn. */
  number: z.int(),
  point: SweepPoint,
  /** One a rung that it took part in. */
  rungs: z.array(RungResult),
});
export type SweepTrial = z.infer<typeof SweepTrial>;

/** A sweep as it went. */
export const SweepRecord = z.strictObject({
  v: z.literal(1),
  /** Steps of each rung; the last is the whole training. */
  rungs: z.array(z.int()),
  trials: z.array(SweepTrial),
  /** Number of the trial whose adapter goes on. */
  winner: z.int(),
});
export type SweepRecord = z.infer<typeof SweepRecord>;
