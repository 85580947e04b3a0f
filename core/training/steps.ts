import type {TrainingConfig} from '../../schemas/training.ts';

/** Rows of one optimizer step. */
export function rowsPerStep(training: TrainingConfig, devices = 1): number {
  return training.micro_batch_size * training.gradient_accumulation_steps * devices;
}

/** Optimizer steps of a training, as trainer/ratchet_trainer/schedule.py counts them; early stopping may end it before. */
export function trainingSteps(training: TrainingConfig, rows: number, devices = 1): number {
  const perEpoch = Math.ceil(rows / rowsPerStep(training, devices));
  return training.max_steps ?? Math.max(1, Math.ceil(training.num_epochs * perEpoch));
}
