import {execFile} from 'node:child_process';
import {mkdir, statfs} from 'node:fs/promises';
import {promisify} from 'node:util';
import {resolveEnvironment, type RatchetEnvironment} from '../../launcher/environment.js';
import {PINS} from '../../launcher/pins.js';
import {isAtLeast} from '../../launcher/versions.js';
import {checked, fail, ok, warn, type Checked} from './check.ts';
import type {Checking} from './check-progress.ts';
import {ownCommand} from '../own-command.ts';

const run = promisify(execFile);
/** Importing torch from a cold disk takes a while. */
const PYTHON_MS = 60_000;
const FETCHED = `nothing: \`${ownCommand()} up\` fetches it at its first start (docs/installation.md)`;

/** What this machine brings, whatever the project. */
export async function checkMachine(
  env: NodeJS.ProcessEnv,
  embedded: boolean,
  checking: Checking,
): Promise<Checked[]> {
  const found = resolveEnvironment(env);
  return [
    checkNode(),
    await checking('the trainer’s Python', () => checkPython(found)),
    found.uv ? ok('uv', found.uv) : warn('uv', 'not on PATH and not in the cache', FETCHED),
    await checking('installed packages', checkPackages),
    found.model ? ok('default model', found.model) : warn('default model', 'not fetched yet', FETCHED),
    found.wordllama
      ? ok('embeddings', found.wordllama)
      : warn('embeddings', 'WordLlama’s table is not fetched yet', FETCHED),
    ...(embedded
      ? [
          found.llama
            ? ok('engine', found.llama)
            : warn('engine', 'node-llama-cpp is not installed yet', FETCHED),
        ]
      : []),
    await checking('the disk', () => checkDisk('disk of the cache', found.cache)),
  ];
}

function checkNode(): Checked {
  const {minimum} = PINS.node;
  return isAtLeast(process.version, minimum)
    ? ok('Node', process.version)
    : fail(
        'Node',
        process.version,
        `start through ${ownCommand()}, which brings one, or install Node ${minimum} or newer`,
      );
}

/** The trainer's interpreter can import what it trains with. */
async function checkPython({python}: RatchetEnvironment): Promise<Checked> {
  if (python === undefined) return warn('Python', 'the trainer’s environment is not made yet', FETCHED);
  const ask =
    'import sys, torch, transformers, peft; print(sys.version.split()[0], "torch", torch.__version__)';
  return checked(
    'Python',
    'set RATCHET_PYTHON to one that has trainer/requirements.txt, or unset it',
    async () => {
      const {stdout} = await run(python, ['-c', ask], {timeout: PYTHON_MS});
      return ok('Python', `${python}: ${stdout.trim()}`);
    },
  );
}

/** The packages with native parts load on this machine. */
async function checkPackages(): Promise<Checked> {
  return checked(
    'npm packages',
    'npm ci --ignore-scripts in the checkout, or install the package again',
    async () => {
      await import('@temporalio/client');
      await import('@lancedb/lancedb');
      return ok('npm packages', '@temporalio and @lancedb load');
    },
  );
}

const GB = 1e9;
/** A store with a few adapters, checkpoints of a training, the cache with torch: some GB. */
const ENOUGH = 10 * GB;
const TOO_LITTLE = 1 * GB;

/** Free space of the disk that holds this folder, which is made if it is not there. */
export async function checkDisk(name: string, folder: string): Promise<Checked> {
  return checked(name, `make sure that ${folder} is writable`, async () => {
    await mkdir(folder, {recursive: true, mode: 0o700});
    const {bavail, bsize} = await statfs(folder);
    const free = bavail * bsize;
    const text = `${(free / GB).toFixed(1)} GB free at ${folder}`;
    if (free < TOO_LITTLE) return fail(name, text, 'free some space: a training alone takes about one GB');
    return free < ENOUGH
      ? warn(name, text, 'free some space: 10 GB hold the environment and some trainings')
      : ok(name, text);
  });
}
