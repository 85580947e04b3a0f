import type {TrainingConfig} from '../../schemas/training.ts';

type StepSettings = Pick<
  TrainingConfig,
  'micro_batch_size' | 'gradient_accumulation_steps' | 'max_steps' | 'num_epochs'
>;

/** Rows of one optimizer step, however many devices share them. */
export function rowsPerStep(
  training: Pick<TrainingConfig, 'micro_batch_size' | 'gradient_accumulation_steps'>,
): number {
  return training.micro_batch_size * training.gradient_accumulation_steps;
}

/** Optimizer steps of a training, as trainer/ratchet_trainer/schedule.py counts them; early stopping may end it before. */
export function trainingSteps(training: StepSettings, rows: number): number {
  const perEpoch = Math.ceil(rows / rowsPerStep(training));
  return training.max_steps ?? Math.max(1, Math.ceil(training.num_epochs * perEpoch));
}
