// @ts-check
import {existsSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {capture} from '../child.js';
import {
  STAMP,
  TRAINER_LOCKS,
  hasNvidiaGpu,
  isComplete,
  pythonOf,
  resolveEnvironment,
  trainerFolder,
} from '../environment.js';
import {indexForUv} from '../package-index.js';
import {isExecutable} from '../path-search.js';
import {MINIMUM_PYTHON, findPython} from '../pythons.js';
import {StepError} from '../step-error.js';
import {ensureUv} from './uv.js';

/** torch's own index of CPU builds; asked before its use, since not every network lets it through. */
const TORCH_CPU_INDEX = 'https://download.pytorch.org/whl/cpu/torch/';
const TORCH_CPU_INDEX_MS = 5_000;

/** What an environment must be able to do before it counts as complete. */
const PROOF = 'import torch, transformers, peft, gguf, safetensors; print("torch", torch.__version__)';

/**
 * The trainer's Python environment, every package by its hash. Without an NVIDIA GPU torch's CPU build, where its index
 * answers within five seconds, else the full one. `RATCHET_TORCH=cpu` or `full` decides it by hand.
 * @type {import('../step.js').Step}
 */
export const trainerStep = {
  name: 'trainer environment',
  what: 'installed torch, transformers and peft',
  lock: () => 'trainer',
  ready: ({env}) => {
    const {python} = resolveEnvironment(env);
    if (env['RATCHET_PYTHON'] && !isExecutable(env['RATCHET_PYTHON'])) {
      throw new StepError({
        tried: 'looked for the trainer’s Python',
        came: `RATCHET_PYTHON names ${env['RATCHET_PYTHON']}, which is not an executable file`,
        todo: 'correct or unset it',
      });
    }
    if (!env['RATCHET_PYTHON']) checkChoice(env['RATCHET_TORCH']);
    return python;
  },
  build: async (context) => {
    const {cache, say} = context;
    const uv = await ensureUv(context);
    /** @type {NodeJS.ProcessEnv} */
    const env = {UV_HTTP_TIMEOUT: '180', ...indexForUv(context.env), ...context.env, UV_NO_PROGRESS: '1'};
    const existing = await adopt(cache, env);
    if (existing !== undefined) return existing;

    const cpu = await cpuLock(env);
    if (cpu !== undefined) {
      const installed = await install({uv, cache, env, lock: cpu, flags: ['--torch-backend', 'cpu']});
      if ('version' in installed) return `${installed.version}, torch's CPU build`;
      if (env['RATCHET_TORCH'] === 'cpu') throw failure(cpu, installed.failed);
      say(`trainer environment: torch's CPU build: ${installed.failed}; trying the full one`);
    }
    const installed = await install({uv, cache, env, lock: TRAINER_LOCKS.full, flags: []});
    if ('version' in installed) return installed.version;
    throw failure(TRAINER_LOCKS.full, installed.failed);
  },
};

/**
 * What cannot be had is refused, not replaced by the other build.
 * @param {string | undefined} choice
 */
function checkChoice(choice) {
  const tried = 'looked which build of torch to install';
  if (choice && choice !== 'cpu' && choice !== 'full') {
    throw new StepError({
      tried,
      came: `RATCHET_TORCH is ${choice}`,
      todo: 'set it to cpu or full, or unset it',
    });
  }
  if (choice === 'cpu' && !existsSync(TRAINER_LOCKS.cpu)) {
    throw new StepError({
      tried,
      came: `RATCHET_TORCH is cpu, and ${TRAINER_LOCKS.cpu} is not there`,
      todo: 'make that lock as trainer/README.md says, or unset RATCHET_TORCH',
    });
  }
}

/**
 * An environment in the place of this lock that works but bears no stamp: made by hand, or its launcher was killed at
 * the end.
 * @param {string} cache
 * @param {NodeJS.ProcessEnv} env
 */
async function adopt(cache, env) {
  const lock = TRAINER_LOCKS.full;
  const folder = trainerFolder(cache, lock);
  if (!existsSync(pythonOf(folder)) || isComplete(folder)) return undefined;
  const proof = await prove(folder, env);
  if (!proof.ok) return undefined;
  await stamp(folder, lock, proof.stdout.trim());
  return `${proof.stdout.trim()}, found and checked`;
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | undefined>} the CPU build's lock, where it is to be tried
 */
async function cpuLock(env) {
  const choice = env['RATCHET_TORCH'];
  if (choice === 'full' || !existsSync(TRAINER_LOCKS.cpu)) return undefined;
  if (choice === 'cpu') return TRAINER_LOCKS.cpu;
  if (process.platform !== 'linux' || hasNvidiaGpu()) return undefined;
  try {
    const answer = await fetch(TORCH_CPU_INDEX, {
      method: 'HEAD',
      signal: AbortSignal.timeout(TORCH_CPU_INDEX_MS),
    });
    return answer.ok ? TRAINER_LOCKS.cpu : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Built in its place, since an environment's scripts name their folder; the stamp comes last. An unfinished one is
 * gone on with.
 * @param {{uv: string, cache: string, env: NodeJS.ProcessEnv, lock: string, flags: string[]}} how
 * @returns {Promise<{version: string} | {failed: string}>}
 */
async function install({uv, cache, env, lock, flags}) {
  const folder = trainerFolder(cache, lock);
  const python = (await findPython(MINIMUM_PYTHON, env)) ?? `>=${MINIMUM_PYTHON}`;
  const venv = await capture(uv, ['venv', '--quiet', '--allow-existing', '--python', python, folder], {env});
  if (!venv.ok) return {failed: said(venv.output)};
  const installed = await capture(
    uv,
    [
      // Compiled once: importing torch, transformers and peft from their sources takes twice as long, at every start.
      'pip',
      'install',
      '--quiet',
      '--compile-bytecode',
      '--python',
      pythonOf(folder),
      '--require-hashes',
      ...flags,
      '--requirement',
      lock,
    ],
    {env},
  );
  if (!installed.ok) return {failed: said(installed.output)};
  const proof = await prove(folder, env);
  if (!proof.ok) return {failed: said(proof.output)};
  await stamp(folder, lock, proof.stdout.trim());
  return {version: proof.stdout.trim()};
}

/**
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} env
 */
function prove(folder, env) {
  return capture(pythonOf(folder), ['-c', PROOF], {env});
}

/**
 * @param {string} folder
 * @param {string} lock
 * @param {string} version
 */
async function stamp(folder, lock, version) {
  const record = {lock: basename(lock), version, at: new Date().toISOString()};
  await writeFile(join(folder, STAMP), `${JSON.stringify(record)}\n`);
}

/**
 * @param {string} lock
 * @param {string} came
 */
function failure(lock, came) {
  return new StepError({
    tried: `uv installing trainer/${basename(lock)}`,
    came,
    todo: `check the network, disk space and that there is a Python ≥ ${MINIMUM_PYTHON}, then run again; or name an interpreter that has the packages in RATCHET_PYTHON`,
  });
}

/** uv says first what it could not do, then why. @param {string} output */
function said(output) {
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !/^\s*(warning|hint):/.test(line));
  const error = lines.findIndex((line) => /error|×/.test(line));
  return lines.slice(Math.max(error, 0), Math.max(error, 0) + 4).join(' ') || 'it said nothing';
}
