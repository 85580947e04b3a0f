// @ts-check
import {createHash} from 'node:crypto';
import {existsSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {PACKAGE_ROOT, cacheRoot} from './locations.js';
import {findOnPath, isExecutable} from './path-search.js';
import {MACHINE, PINS} from './pins.js';
import {isAtLeast} from './versions.js';

/** The file that a finished step writes last into its folder. */
export const STAMP = '.ratchet-complete';

/**
 * What the launcher set up, or what the user's own variables name. Absolute paths; undefined: not there.
 * @typedef {{
 *   cache: string,
 *   node: string | undefined,
 *   uv: string | undefined,
 *   python: string | undefined,
 *   model: string | undefined,
 *   gemma: string | undefined,
 *   wordllama: string | undefined,
 *   llama: string | undefined,
 *   temporal: string | undefined,
 *   versitygw: string | undefined,
 *   testPython: string | undefined,
 *   otelcol: string | undefined,
 *   toxiproxy: string | undefined,
 *   helm: string | undefined,
 *   manifestCheck: string | undefined,
 * }} RatchetEnvironment
 *
 * - `node`: a Node that runs Ratchet's TypeScript, this process's own if it can
 * - `python`: the trainer's interpreter
 * - `model`: the default base model, a GGUF file
 * - `gemma`: Gemma 3 270M, a GGUF file, for who accepted its terms
 * - `wordllama`: folder of WordLlama's static table (`l2_supercat_256.safetensors`) and its tokenizer
 *   (`l2_supercat_tokenizer_config.json`)
 * - `llama`: folder whose node_modules holds node-llama-cpp
 * - `temporal`, `versitygw`, `otelcol`, `toxiproxy`: the servers' binaries
 * - `testPython`: an interpreter with the client that tests drive a gateway with, and MLflow's server
 * - `helm`, `manifestCheck`: what renders the chart, and deploy/manifest-check, which judges manifests; for tests
 */

/**
 * Looks everything up and installs nothing. Each path: its RATCHET_… variable, else PATH where a user may have it,
 * else the cache.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {RatchetEnvironment}
 */
export function resolveEnvironment(env = process.env) {
  const cache = cacheRoot(env);
  const cached = cachedPaths(cache);
  return {
    cache,
    node: isAtLeast(process.version, PINS.node.minimum) ? process.execPath : executable(cached.node),
    uv: findOnPath('uv', env) ?? executable(cached.uv),
    python:
      env['RATCHET_PYTHON'] || trainerFolders(cache).filter(isComplete).map(pythonOf).find(isExecutable),
    model: env['RATCHET_MODEL'] || completed(cached.model),
    gemma: env['RATCHET_GEMMA'] || completed(cached.gemma),
    wordllama: env['RATCHET_WORDLLAMA'] || (isComplete(cached.wordllama) ? cached.wordllama : undefined),
    llama: env['RATCHET_LLAMA'] || (isComplete(cached.llama) ? cached.llama : undefined),
    temporal: env['RATCHET_TEMPORAL'] || findOnPath('temporal', env) || executable(cached.temporal),
    versitygw: env['RATCHET_VERSITYGW'] || findOnPath('versitygw', env) || executable(cached.versitygw),
    testPython: env['RATCHET_TEST_PYTHON'] || testPython(cache),
    otelcol: env['RATCHET_OTELCOL'] || findOnPath('otelcol-contrib', env) || executable(cached.otelcol),
    toxiproxy:
      env['RATCHET_TOXIPROXY'] || findOnPath('toxiproxy-server', env) || executable(cached.toxiproxy),
    helm: env['RATCHET_HELM'] || executable(cached.helm),
    manifestCheck: env['RATCHET_MANIFEST_CHECK'] || executable(cached.manifestCheck),
  };
}

/**
 * The same as environment variables for child processes.
 * @param {RatchetEnvironment} found
 * @returns {Record<string, string>}
 */
export function environmentVariables(found) {
  const variables = {
    RATCHET_CACHE: found.cache,
    // One for all processes: a third of a short command's time is reading its own code.
    NODE_COMPILE_CACHE: compileCache(found.cache),
    RATCHET_PYTHON: found.python,
    RATCHET_MODEL: found.model,
    RATCHET_GEMMA: found.gemma,
    RATCHET_WORDLLAMA: found.wordllama,
    RATCHET_LLAMA: found.llama,
    RATCHET_TEMPORAL: found.temporal,
    RATCHET_VERSITYGW: found.versitygw,
    RATCHET_TEST_PYTHON: found.testPython,
    RATCHET_OTELCOL: found.otelcol,
    RATCHET_TOXIPROXY: found.toxiproxy,
    RATCHET_HELM: found.helm,
    RATCHET_MANIFEST_CHECK: found.manifestCheck,
  };
  /** @type {Record<string, string>} */
  const known = {};
  for (const [name, value] of Object.entries(variables)) if (value !== undefined) known[name] = value;
  return known;
}

/** Where Node keeps compiled code. @param {string} cache */
export function compileCache(cache) {
  return join(cache, 'compiled');
}

/**
 * Where each part lies in the cache. Folders are named after the exact version or the digest of the lock.
 * @param {string} cache
 */
export function cachedPaths(cache) {
  const node = PINS.node.packages[MACHINE];
  return {
    node:
      node && join(cache, 'node', `${node.name}-${node.version}`, 'node_modules', node.name, 'bin', 'node'),
    uv: join(cache, 'uv', PINS.uv.version, 'uv'),
    model: join(cache, 'models', 'smollm2-135m-instruct', 'model.gguf'),
    gemma: join(cache, 'models', 'gemma-3-270m', 'model.gguf'),
    wordllama: join(cache, 'models', 'wordllama'),
    llama: join(cache, 'llama', PINS.llama.version),
    temporal: join(cache, 'temporal', PINS.temporal.version, 'temporal'),
    versitygw: join(cache, 'versitygw', PINS.versitygw.version, 'versitygw'),
    otelcol: join(cache, 'otelcol', PINS.otelcol.version, 'otelcol'),
    // As `go install` names it.
    toxiproxy: join(cache, 'toxiproxy', PINS.toxiproxy.version, 'server'),
    helm: join(cache, 'helm', PINS.helm.version, 'helm'),
    manifestCheck: join(cache, 'manifest-check', manifestCheckDigest(), 'manifest-check'),
  };
}

/** Of the sources of deploy/manifest-check, so that a changed one is built anew; they are no part of the package. */
export function manifestCheckDigest() {
  const hash = createHash('sha256');
  for (const file of ['main.go', 'go.sum']) {
    const path = join(PACKAGE_ROOT, 'deploy', 'manifest-check', file);
    if (existsSync(path)) hash.update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 16);
}

/** The locks of the trainer's environment: torch's CPU build, and the one for machines with an NVIDIA GPU. */
export const TRAINER_LOCKS = {
  cpu: join(PACKAGE_ROOT, 'trainer', 'requirements-cpu.txt'),
  full: join(PACKAGE_ROOT, 'trainer', 'requirements.txt'),
};

/** The lock of packages that the trainer needs for some settings alone. @param {'mlflow' | 'wandb' | 'qlora'} extra */
export function trainerExtraLock(extra) {
  return join(PACKAGE_ROOT, 'trainer', `requirements-${extra}.txt`);
}

/**
 * `CACHE/trainer-extras/EXTRA-<first 16 hex digits of its lock's sha256>`; trainer/ratchet_trainer/extras.py looks there.
 * @param {string} cache
 * @param {'mlflow' | 'wandb' | 'qlora'} extra
 */
export function trainerExtraFolder(cache, extra) {
  const digest = createHash('sha256')
    .update(readFileSync(trainerExtraLock(extra)))
    .digest('hex');
  return join(cache, 'trainer-extras', `${extra}-${digest.slice(0, 16)}`);
}

/** The lock of the Python packages that tests use; only a checkout has it. */
export const TEST_PYTHON_LOCK = join(PACKAGE_ROOT, 'test', 'client', 'requirements.txt');

/** `CACHE/test-python/<first 16 hex digits of the lock's sha256>`. @param {string} cache */
export function testPythonFolder(cache) {
  return lockedFolder(join(cache, 'test-python'), TEST_PYTHON_LOCK);
}

/** @param {string} cache */
function testPython(cache) {
  if (!existsSync(TEST_PYTHON_LOCK)) return undefined;
  const folder = testPythonFolder(cache);
  return isComplete(folder) ? executable(pythonOf(folder)) : undefined;
}

/**
 * The trainer's environment for one lock: `CACHE/trainer/<first 16 hex digits of the lock's sha256>`.
 * @param {string} cache
 * @param {string} lock
 */
export function trainerFolder(cache, lock) {
  return lockedFolder(join(cache, 'trainer'), lock);
}

/**
 * @param {string} folder
 * @param {string} lock
 */
function lockedFolder(folder, lock) {
  return join(folder, createHash('sha256').update(readFileSync(lock)).digest('hex').slice(0, 16));
}

/**
 * The trainer's environments that may serve this machine, the better one first.
 * @param {string} cache
 */
export function trainerFolders(cache) {
  const locks = hasNvidiaGpu() ? [TRAINER_LOCKS.full] : [TRAINER_LOCKS.cpu, TRAINER_LOCKS.full];
  return locks.filter((lock) => existsSync(lock)).map((lock) => trainerFolder(cache, lock));
}

/** The NVIDIA driver is loaded. */
export function hasNvidiaGpu() {
  return existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidiactl');
}

/** @param {string} folder */
export function pythonOf(folder) {
  return process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
}

/** @param {string} folder */
export function isComplete(folder) {
  return existsSync(join(folder, STAMP));
}

/** @param {string} file */
function completed(file) {
  return isComplete(dirname(file)) && existsSync(file) ? file : undefined;
}

/** @param {string | undefined} file */
function executable(file) {
  return file !== undefined && isExecutable(file) ? file : undefined;
}
