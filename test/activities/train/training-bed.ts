import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import type {Training} from '../../../activities/train/backend.ts';
import type {TrainingPlace} from '../../../activities/train/process-training.ts';
import {sha256Hex} from '../../../core/identity/digest.ts';
import type {TrainerEvent} from '../../../schemas/training.ts';
import type {TrainingJob} from '../../../schemas/training-job.ts';
import {resolveEnvironment} from '../../../launcher/environment.js';
import {openStores, type Stores} from '../../../stores/stores.ts';

export const ROOT = path.join(import.meta.dirname, '..', '..', '..');
export const {python} = resolveEnvironment();

/** Of a training: enough that one which is interrupted at its first checkpoint has most of its way before it. */
export const STEPS = 60;

/** The trainer's own tiny model and rows, in a store. */
export interface TrainingBed {
  readonly store: string;
  readonly stores: Stores;
  readonly folder: string;
  /** The interpreter that trains. */
  readonly python: string;
  /** A training of this key; long enough to be interrupted at its first checkpoint. */
  job(key: string, change?: Partial<TrainingJob>): TrainingJob;
  /** A machine with a disk of its own. */
  machine(name: string): TrainingPlace;
  /** Rows with this id among those to train on. */
  readonly goldenId: string;
  remove(): Promise<void>;
}

/** As it is called: `python -m ratchet_trainer SPEC`. */
export const fakeTrainer = path.join(import.meta.dirname, 'fake-trainer.js');

export async function trainingBed(): Promise<TrainingBed> {
  return storeBed(python!, (folder) =>
    execFileSync(
      python!,
      ['-c', 'import sys, pathlib, tiny; tiny.Bench(pathlib.Path(sys.argv[1]))', folder],
      {
        cwd: path.join(ROOT, 'test', 'trainer'),
        env: {...process.env, PYTHONPATH: path.join(ROOT, 'trainer'), PYTHONDONTWRITEBYTECODE: '1'},
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    ),
  );
}

/** `program` trains; without `make` there is neither model nor rows. */
export async function storeBed(
  program: string,
  make: (folder: string) => unknown = (folder) => {
    for (const name of ['train.jsonl', 'validation.jsonl'])
      writeFileSync(path.join(folder, name), `{"id":"of ${name}"}\n`);
  },
): Promise<TrainingBed> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ratchet-training-'));
  make(folder);
  const store = pathToFileURL(path.join(folder, 'store')).href;
  const stores = await openStores(store);
  const rows = (name: string) => stores.artifacts.putFile(path.join(folder, name), 'application/jsonl');
  const [train, validation] = [await rows('train.jsonl'), await rows('validation.jsonl')];
  const golden = await stores.artifacts.putBytes('', 'text/plain');
  const [first] = (await readFile(path.join(folder, 'train.jsonl'), 'utf8')).split('\n');
  const model = path.join(folder, 'model');
  return {
    store,
    stores,
    folder,
    python: program,
    goldenId: (JSON.parse(first!) as {id: string}).id,
    job: (key, change = {}) => ({
      v: 1,
      project: 'tiny',
      key: sha256Hex(key),
      base: {name: 'tiny', kind: 'hf', sha256: sha256Hex('tiny')},
      base_model: {name: 'tiny', kind: 'hf', path: model},
      training: {
        lora_r: 4,
        lora_alpha: 8,
        lora_dropout: 0.1,
        sequence_len: 64,
        micro_batch_size: 4,
        max_steps: STEPS,
        save_steps: 10,
        eval_steps: STEPS,
        learning_rate: 0.001,
        seed: 7,
      },
      gguf: 'if_possible',
      score_rows: 2,
      train,
      validation,
      golden,
      init: null,
      ...change,
    }),
    machine: (name) => ({
      folder,
      stores,
      jobFolder: path.join(folder, name),
      environment: {python: program, trainer: path.join(ROOT, 'trainer'), trainerThreads: 1},
    }),
    remove: () => rm(folder, {recursive: true, force: true}),
  };
}

/** Everything that is said until this event, which may be the first of its kind behind `cursor`. */
export async function until(
  training: Training,
  event: TrainerEvent['event'],
  cursor = 0,
): Promise<{said: TrainerEvent[]; cursor: number}> {
  const said: TrainerEvent[] = [];
  for (;;) {
    const status = await training.status();
    const news = await training.events(cursor);
    cursor = news.cursor;
    said.push(...news.events);
    if (said.some((one) => one.event === event)) return {said, cursor};
    if (status.state !== 'running')
      throw new Error(`${status.state} before ${event}: ${JSON.stringify(status)}`);
    await training.news(new AbortController().signal);
  }
}

/** Its last status, and everything it said. */
export async function toTheEnd(training: Training) {
  for (;;) {
    const status = await training.status();
    if (status.state !== 'running') {
      const {events} = await training.events(0);
      return {status, said: events.map(({event}) => event), events};
    }
    await training.news(new AbortController().signal);
  }
}

export const count = (said: readonly string[], event: string) => said.filter((one) => one === event).length;
