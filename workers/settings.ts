import path from 'node:path';
import {RatchetError} from '../schemas/errors.ts';
import {packageRoot} from '../host/package-root.ts';

/** What a worker is told by its environment; `ratchet up` sets all of it on a laptop, the chart on a cluster. */
export interface WorkerSettings {
  readonly project: string;
  readonly folder: string;
  readonly file: string;
  readonly store: string;
  readonly rowKey: Uint8Array;
  readonly engines: readonly string[];
  readonly engineKey: string | undefined;
  readonly adapterFolder: string;
  readonly adaptersOnEngines: string | undefined;
  readonly jobFolder: string;
  readonly python: string | undefined;
  readonly model: string | undefined;
  readonly wordllama: string | undefined;
  readonly trainer: string;
  readonly trainerThreads: number;
  readonly trainingJob: string | undefined;
  /** Trainings at once. */
  readonly trainings: number;
}

/** Throws InvalidInput that names the variable and what it should hold. */
export function workerSettings(env: NodeJS.ProcessEnv = process.env): WorkerSettings {
  const need = (name: string, what: string): string => {
    const value = env[name];
    if (!value) throw new RatchetError('InvalidInput', `${name} is not set: expected ${what}`);
    return value;
  };
  const folder = path.resolve(need('RATCHET_PROJECT_FOLDER', "the folder of the project's ratchet.yaml"));
  const key = need('RATCHET_PROJECT_KEY', "the project's row key, 64 hex digits");
  if (!/^[0-9a-f]{64}$/i.test(key))
    throw new RatchetError(
      'InvalidInput',
      `RATCHET_PROJECT_KEY: expected 64 hex digits, got ${key.length} characters`,
    );
  const work = env['RATCHET_WORK'] || path.join(folder, '.ratchet');
  return {
    project: need('RATCHET_PROJECT', "the project's name"),
    folder,
    file: env['RATCHET_PROJECT_FILE'] || path.join(folder, 'ratchet.yaml'),
    store: need('RATCHET_STORE', 'file:///folder or s3://bucket/prefix'),
    rowKey: Buffer.from(key, 'hex'),
    engines: (env['RATCHET_ENGINES'] ?? '').split(',').filter(Boolean),
    engineKey: env['RATCHET_ENGINE_KEY'] || undefined,
    adapterFolder: env['RATCHET_ADAPTERS'] || path.join(work, 'adapters'),
    adaptersOnEngines: env['RATCHET_ADAPTERS_ON_ENGINES'] || undefined,
    jobFolder: path.join(work, 'jobs'),
    python: env['RATCHET_PYTHON'],
    model: env['RATCHET_MODEL'],
    wordllama: env['RATCHET_WORDLLAMA'],
    trainer: path.join(packageRoot(), 'trainer'),
    trainerThreads: Number(env['RATCHET_TRAINER_THREADS']) || 2,
    trainingJob: env['RATCHET_TRAINING_JOB'] || undefined,
    trainings: trainings(env),
  };
}

/** A process takes a device of this machine, of which a worker has one; Jobs take other machines'. */
function trainings(env: NodeJS.ProcessEnv): number {
  const given = env['RATCHET_TRAININGS'];
  if (!env['RATCHET_TRAINING_JOB'] || !given) return 1;
  const count = Number(given);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new RatchetError('InvalidInput', `RATCHET_TRAININGS: expected a whole number ≥ 1, got ${given}`);
}
