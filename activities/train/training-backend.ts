import type {ActivityContext} from '../context.ts';
import type {TrainingBackend} from './backend.ts';
import {ProcessBackend} from './process-training.ts';

/** Where this worker trains. */
export async function trainingBackend(context: ActivityContext): Promise<TrainingBackend> {
  return new ProcessBackend(context);
}
