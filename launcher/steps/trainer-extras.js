// @ts-check
import {rm, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {capture} from '../child.js';
import {STAMP, isComplete, resolveEnvironment, trainerExtraFolder, trainerExtraLock} from '../environment.js';
import {indexForUv} from '../package-index.js';
import {StepError} from '../step-error.js';
import {ensureUv} from './uv.js';

/**
 * Packages of the trainer that only some projects ask for, each set in a folder of its own that the trainer finds by the
 * digest of its lock; every package by its hash. The tests need MLflow and Weights & Biases; without the tests' set-up,
 * install each by name: `setup --only mlflow`.
 * @param {'mlflow' | 'wandb' | 'qlora'} extra
 * @param {string} what
 * @returns {import('../step.js').Step}
 */
function extraStep(extra, what) {
  return {
    name: `trainer's packages for ${what}`,
    what: `installed what ${what} needs`,
    lock: () => `trainer-${extra}`,
    ready: ({cache}) => {
      const folder = trainerExtraFolder(cache, extra);
      return isComplete(folder) ? folder : undefined;
    },
    build: async (context) => {
      const {python} = resolveEnvironment(context.env);
      if (python === undefined) {
        throw new StepError({
          tried: `install the trainer's packages for ${what}`,
          came: 'there is no trainer environment yet',
          todo: 'run setup without --only first',
        });
      }
      const uv = await ensureUv(context);
      const env = {UV_HTTP_TIMEOUT: '180', ...indexForUv(context.env), ...context.env, UV_NO_PROGRESS: '1'};
      const folder = trainerExtraFolder(context.cache, extra);
      // An unfinished one is begun anew: the stamp comes last.
      await rm(folder, {recursive: true, force: true});
      const lock = trainerExtraLock(extra);
      const done = await capture(
        uv,
        [
          'pip',
          'install',
          '--quiet',
          '--compile-bytecode',
          '--python',
          python,
          '--target',
          folder,
          // What the environment has itself stands in its own lock.
          '--no-deps',
          '--require-hashes',
          '--requirement',
          lock,
        ],
        {env},
      );
      if (!done.ok) {
        throw new StepError({
          tried: `uv installing trainer/${basename(lock)}`,
          came: done.output.trim().split('\n').slice(-3).join(' ') || 'it said nothing',
          todo: 'check the network and disk space, then run again',
        });
      }
      await writeFile(join(folder, STAMP), `${JSON.stringify({at: new Date().toISOString()})}\n`);
      return basename(folder);
    },
  };
}

export const mlflowStep = extraStep('mlflow', 'MLflow');
export const wandbStep = extraStep('wandb', 'Weights & Biases');
export const qloraStep = extraStep('qlora', 'bases in 4 bits');
