import path from 'node:path';
import {RatchetError} from '../../schemas/errors.ts';
import type {TrainingJob} from '../../schemas/training-job.ts';
import type {ActivityContext} from '../context.ts';
import type {TrainerSpec} from './trainer-spec.ts';

/** Where the trainer finds the base model's weights: on this machine, or on the Hugging Face Hub. */
export async function basePath(
  {base_model, base}: Pick<TrainingJob, 'base_model' | 'base'>,
  context: Pick<ActivityContext, 'folder' | 'environment'>,
): Promise<TrainerSpec['base']> {
  const {kind, path: given} = base_model;
  if (base.hub) return {kind: 'hf', path_or_id: base.hub.id, revision: base.hub.commit};
  if (kind === 'hf') {
    if (!given)
      throw new RatchetError(
        'InvalidInput',
        'base_model: kind hf needs `path`: a folder or a Hugging Face id',
      );
    return {kind: 'hf', path_or_id: path.resolve(context.folder, given)};
  }
  const file = given ? path.resolve(context.folder, given) : context.environment.model;
  if (!file)
    throw new RatchetError(
      'InvalidInput',
      'this worker has no base model (RATCHET_MODEL): run ratchet’s set-up on it, or set base_model.path',
    );
  return {kind: 'gguf', path: file, sha256: base.sha256};
}
