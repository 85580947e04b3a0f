import {short} from '../../schemas/names.ts';
import type {CurateResult} from '../../schemas/stages/curate.ts';
import type {TrainingResult} from '../../schemas/training.ts';
import {sweep} from '../sweep.ts';
import {train} from '../train.ts';
import type {Run} from './run.ts';

/**
 * 2. Weights, from the base on all rows; with a warm start, from the stable release's adapter. With a sweep, of the best of
 * several hyperparameters. Null where the project trains nothing.
 */
export async function training(run: Run, {dataset}: CurateResult): Promise<TrainingResult | null> {
  const {input, plan} = run;
  if (plan.trains === false) {
    run.board.set('train', {status: 'skipped', note: 'training: none'});
    return null;
  }
  if (input.given?.train) return run.taken('train', input.given.train);
  return run.stage(
    'train',
    plan.sweep ? sweep : train,
    () =>
      run.request(
        plan.sweep ? 'sweep' : 'train',
        {dataset, init: plan.init?.digest ?? ''},
        plan.init ? {initWeights: plan.init.safetensors, initConfig: plan.init.config} : {},
      ),
    (t) => `${t.steps} steps, adapter ${short(t.adapter.digest)}`,
  );
}
