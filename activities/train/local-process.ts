import {spawn, type ChildProcess} from 'node:child_process';
import {link, mkdir, open, readFile, readdir, rename, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {z} from 'zod';
import {RatchetError} from '../../schemas/errors.ts';
import {TrainerEvent} from '../../schemas/training.ts';
import {TRACKING_VARIABLES, childEnvironment} from '../../host/child-environment.ts';
import {identify, signal, stillRuns, type ProcessIdentity} from '../../host/process-identity.ts';
import type {JobStatus} from './backend.ts';
import type {TrainerSpec} from './trainer-spec.ts';

const ProcessFile = z.object({pid: z.int(), startedAt: z.string()});
const Follower = z.object({token: z.int()});
const ExitFile = z.object({
  code: z.int(),
  type: z.string().optional(),
  message: z.string().optional(),
  rung: z.int().optional(),
});

/** How long a trainer may take to save after SIGTERM before its process group is killed. */
const STOP_MS = 30_000;

/** Tells the trainer to wait for GO on its standard input. */
const WAIT_FOR_GO = '--wait-for-go';
const GO = 'go\n';

/**
 * The trainer as a child process in a group of its own, which outlives this worker: pid and start time stand in the job's
 * folder, so that the next attempt re-attaches. A trainer starts work only after that record is written: it waits for GO on
 * its standard input, and ends by itself if the worker dies before sending it.
 */
export class LocalProcess {
  readonly #root: string;
  readonly #python: string;
  readonly #trainer: string;

  constructor({root, python, trainer}: {root: string; python: string; trainer: string}) {
    this.#root = root;
    this.#python = python;
    this.#trainer = trainer;
  }

  /** The job's folder on this machine: inputs, checkpoints, outputs. */
  folder(job: string): string {
    return path.join(this.#root, job);
  }

  async start(job: string, spec: TrainerSpec): Promise<void> {
    const folder = this.folder(job);
    const {number} = await newestProcess(folder);
    if ((await this.status(job)).state === 'running') return;
    await mkdir(folder, {recursive: true, mode: 0o700});
    await rm(path.join(folder, 'exit.json'), {force: true});
    const specFile = path.join(folder, 'spec.json');
    await writeWhole(specFile, JSON.stringify({...spec, job_dir: folder}, null, 2));
    const log = await open(path.join(folder, 'trainer.log'), 'a');
    try {
      const child = spawn(this.#python, ['-m', 'ratchet_trainer', specFile, WAIT_FOR_GO], {
        cwd: folder,
        detached: true,
        stdio: ['pipe', log.fd, log.fd],
        env: trainerEnvironment(this.#trainer, spec),
      });
      // A trainer that has ended reads nothing more; what it said stands in exit.json or trainer.log.
      child.stdin!.on('error', () => undefined);
      await spawned(child, this.#python);
      child.unref();
      // Without GO it ends: so it does where it cannot be written down, and where another worker, which took this one for
      // dead, has started one meanwhile.
      let word = '';
      try {
        // Undefined: gone already.
        const identity = identify(child.pid!);
        if (identity && (await recordOnce(folder, number + 1, identity))) word = GO;
      } finally {
        child.stdin!.end(word);
      }
    } finally {
      await log.close();
    }
  }

  async status(job: string): Promise<JobStatus> {
    const folder = this.folder(job);
    const {identity} = await newestProcess(folder);
    // First: an exit.json beside a process that runs is its predecessor's, or it is about to go.
    if (identity && stillRuns(identity)) return {state: 'running'};
    const exit = await readJson(path.join(folder, 'exit.json'), ExitFile);
    if (exit) return {state: 'ended', ...exit};
    return {state: identity ? 'lost' : 'absent'};
  }

  /** Events from `cursor` (bytes) on, and where to go on reading. */
  async events(job: string, cursor: number): Promise<{events: TrainerEvent[]; cursor: number}> {
    const file = await open(path.join(this.folder(job), 'events.jsonl'), 'r').catch(ignoreMissing);
    if (!file) return {events: [], cursor};
    try {
      const {size} = await file.stat();
      if (size <= cursor) return {events: [], cursor: Math.min(cursor, size)};
      const buffer = Buffer.alloc(size - cursor);
      await file.read(buffer, 0, buffer.length, cursor);
      const end = buffer.lastIndexOf(10) + 1;
      const lines = buffer.subarray(0, end).toString('utf8').split('\n').filter(Boolean);
      return {events: lines.map((line) => TrainerEvent.parse(JSON.parse(line))), cursor: cursor + end};
    } finally {
      await file.close();
    }
  }

  /** Who follows the job from now on: the token of its lease. Those before it have no say any more. */
  async follow(job: string, token: number): Promise<void> {
    await mkdir(this.folder(job), {recursive: true, mode: 0o700});
    await writeWhole(this.#follower(job), JSON.stringify({token}));
  }

  /** Asks the trainer to save and stop, and waits until it is gone. False where another token follows it, and nothing is done. */
  async cancel(job: string, token: number): Promise<boolean> {
    const follower = await readJson(this.#follower(job), Follower);
    if (follower && follower.token !== token) return false;
    const {identity} = await newestProcess(this.folder(job));
    if (!identity || !signal(identity, 'SIGTERM')) return true;
    const deadline = Date.now() + STOP_MS;
    while (stillRuns(identity)) {
      if (Date.now() > deadline) signal(identity, 'SIGKILL', true);
      await delay(100);
    }
    return true;
  }

  /** On this machine alone: one that was taken over on another machine still stops its own trainer. */
  #follower(job: string): string {
    return path.join(this.folder(job), 'follower.json');
  }
}

/**
 * The trainer that was started last: they are numbered from 1, and none of these files is ever overwritten or taken away. 0:
 * `process.json`, as earlier versions wrote it, or none. From 1 on that file shows people and scripts the last one.
 */
async function newestProcess(
  folder: string,
): Promise<{number: number; identity: z.infer<typeof ProcessFile> | null}> {
  const names = (await readdir(folder).catch(ignoreMissing)) ?? [];
  const numbers = names.map((name) => Number(/^process-(\d+)\.json$/.exec(name)?.[1] ?? 0));
  const number = Math.max(0, ...numbers);
  return {number, identity: await readJson(processFile(folder, number), ProcessFile)};
}

function processFile(folder: string, number: number): string {
  return path.join(folder, number === 0 ? 'process.json' : `process-${number}.json`);
}

/**
 * Writes down which process is the job's trainer of this number; false where there is one of it already. A worker that was
 * frozen and comes back late cannot take the place of the trainer that was started meanwhile.
 */
async function recordOnce(folder: string, number: number, identity: ProcessIdentity): Promise<boolean> {
  const part = path.join(folder, `process.${identity.pid}.part`);
  await writeFile(part, JSON.stringify(identity));
  try {
    await link(part, processFile(folder, number));
    await rename(part, processFile(folder, 0));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(part, {force: true});
  }
}

function spawned(child: ChildProcess, python: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) =>
      reject(
        new RatchetError(
          'InvalidInput',
          `the trainer cannot be started with ${python}: ${error.message}; run ratchet's set-up again`,
        ),
      ),
    );
  });
}

/** Whole or not at all, whenever this process dies. */
async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.part`, text);
  await rename(`${file}.part`, file);
}

async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T | null> {
  const text = await readFile(file, 'utf8').catch(ignoreMissing);
  return text === null ? null : schema.parse(JSON.parse(text));
}

function ignoreMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

/**
 * What the trainer's Python runs with: its sources on the path, and none of our keys, which it does not need. Only for a base
 * model that is an id may it ask the Hugging Face Hub, with the user's token; and only where the project names a server for
 * its figures does it get what that server's client reads.
 */
function trainerEnvironment(
  trainer: string,
  {base, tracking}: Pick<TrainerSpec, 'base' | 'tracking'>,
): NodeJS.ProcessEnv {
  const fromHub = base.kind === 'hf' && base.revision !== undefined;
  const more = [...(fromHub ? ['HF_TOKEN'] : []), ...(tracking === undefined ? [] : TRACKING_VARIABLES)];
  return {
    ...childEnvironment('trainer', process.env, more),
    ...(fromHub ? {} : {HF_HUB_OFFLINE: '1'}),
    PYTHONPATH: trainer,
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
  };
}
