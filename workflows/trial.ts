import {setCurrentDetails} from '@temporalio/workflow';
import {ActivityFailure, ApplicationFailure} from '@temporalio/common';
import {ErrorType} from '../schemas/errors.ts';
import type {StageRequest} from '../schemas/stage.ts';
import type {RungResult} from '../schemas/training.ts';
import type {TrainingSet} from '../schemas/training-set.ts';
import {training} from './activities.ts';

export interface TrialInput {
  readonly request: StageRequest;
  /** Names the trial's checkpoints. */
  readonly key: string;
  readonly set: TrainingSet;
  readonly step: number;
  /** The sweep's workflow, whose ledger is charged. */
  readonly account: string;
  /** What the UI shows: `trial 3: learning_rate 0.001`. */
  readonly title: string;
}

/** Faults of a trial's own hyperparameters: a rank that fills the memory, a rate at which the loss is no number. */
const ITS_OWN: readonly unknown[] = [ErrorType.GpuOutOfMemory, ErrorType.TrainerFailed];

/** One trial on its way to one rung. A trial that fails by its own fault is a result: the others go on. */
export async function trial({title, ...input}: TrialInput): Promise<RungResult> {
  // A trial's checkpoint is found by its next rung, or by another sweep.
  const {trainRung} = training(input.request.project);
  setCurrentDetails(`${title}: on its way to step ${input.step}`);
  try {
    const result = await trainRung.executeWithOptions({summary: `${title}, to step ${input.step}`}, [input]);
    setCurrentDetails(`${title}: validation loss ${result.loss} at step ${result.step}`);
    return result;
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    if (!(cause instanceof ApplicationFailure) || !ITS_OWN.includes(cause.type)) throw error;
    setCurrentDetails(`${title}: failed: ${cause.message}`);
    return {step: input.step, loss: null, failed: cause.message};
  }
}
