import {existsSync} from 'node:fs';
import {mkdir, readFile, readdir} from 'node:fs/promises';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import type {ArtifactRef} from '../../schemas/artifact.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {TrainerEvent} from '../../schemas/training.ts';
import type {TrainingJob, TrainingOutputs} from '../../schemas/training-job.ts';
import type {Lease, Leases} from '../../stores/objects/lease.ts';
import type {Stores} from '../../stores/stores.ts';
import type {ActivityContext} from '../context.ts';
import {thisMachine} from '../machine.ts';
import type {JobStatus, Training, TrainingBackend} from './backend.ts';
import {basePath} from './base-path.ts';
import {Checkpoints} from './checkpoints.ts';
import {LocalProcess} from './local-process.ts';
import type {TrainerSpec} from './trainer-spec.ts';

const POLL_MS = 300;
const LEASE_MS = 60_000;

/** What training takes of a worker; the container of a Kubernetes Job has it, too. */
export type TrainingPlace = Pick<ActivityContext, 'folder' | 'stores' | 'jobFolder' | 'environment'>;

/** The trainer as a child process of this machine; inputs come out of the store, checkpoints and outputs go into it. */
export class ProcessBackend implements TrainingBackend {
  readonly #place: TrainingPlace;
  readonly #process: LocalProcess;

  /** Throws InvalidInput where this machine has no trainer environment. */
  constructor(place: TrainingPlace) {
    const {python, trainer} = place.environment;
    if (!python)
      throw new RatchetError(
        'InvalidInput',
        'this worker has no trainer environment (RATCHET_PYTHON): run ratchet’s set-up on it',
      );
    this.#place = place;
    this.#process = new LocalProcess({root: place.jobFolder, python, trainer});
  }

  async attach(job: TrainingJob, owner: string): Promise<Training> {
    // Whoever has the newest lease writes: a worker that was stopped past its heartbeat and comes back is fenced.
    const leases = this.#place.stores.leases(job.project);
    const name = jobName(job);
    const acquired = await leases.acquire(`train-${name}`, {owner, ttlMs: LEASE_MS, takeOver: true});
    if (acquired.status !== 'acquired')
      throw new RatchetError('Fenced', `training ${name} is held by ${acquired.by}`);
    await this.#process.follow(name, acquired.lease.token);
    return new ProcessTraining(job, this.#place, this.#process, leases, acquired.lease);
  }
}

/** The folder's name, and what people call the training. */
export function jobName({key}: Pick<TrainingJob, 'key'>): string {
  return key.slice(0, 16);
}

class ProcessTraining implements Training {
  readonly #job: TrainingJob;
  readonly #name: string;
  readonly #place: TrainingPlace;
  readonly #stores: Stores;
  readonly #process: LocalProcess;
  readonly #folder: string;
  readonly #checkpoints: Checkpoints;
  readonly #leases: Leases;
  readonly #lease: Lease;
  readonly more: string;
  readonly cpu = thisMachine().cpu;

  constructor(job: TrainingJob, place: TrainingPlace, process: LocalProcess, leases: Leases, lease: Lease) {
    this.#job = job;
    this.#name = jobName(job);
    this.#place = place;
    this.#stores = place.stores;
    this.#process = process;
    this.#folder = process.folder(this.#name);
    this.#checkpoints = new Checkpoints(place.stores, job.project, job.key);
    this.#leases = leases;
    this.#lease = lease;
    this.more = `read ${path.join(this.#folder, 'trainer.log')}`;
  }

  status(): Promise<JobStatus> {
    return this.#process.status(this.#name);
  }

  async start(): Promise<void> {
    if ((await this.status()).state === 'running') return;
    const spec = await this.#prepare();
    await this.#checkpoints.download(path.join(this.#folder, 'checkpoints'));
    await this.#process.start(this.#name, spec);
  }

  async events(cursor: number): Promise<{events: readonly TrainerEvent[]; cursor: number}> {
    const news = await this.#process.events(this.#name, cursor);
    for (const event of news.events)
      if (event.event === 'checkpoint') await this.#keep(path.join(this.#folder, event['path'] as string));
    return news;
  }

  async news(signal: AbortSignal): Promise<void> {
    await delay(POLL_MS, undefined, {signal}).catch(() => undefined);
  }

  async cancel(): Promise<void> {
    if (!(await this.#process.cancel(this.#name, this.#lease.token))) return;
    const root = path.join(this.#folder, 'checkpoints');
    const saved = (await readdir(root).catch(() => [])).filter((name) => name.startsWith('step-')).sort();
    const last = saved.at(-1);
    if (last !== undefined) await this.#keep(path.join(root, last));
  }

  async outputs(): Promise<TrainingOutputs> {
    await this.#leases.check(this.#lease);
    const {artifacts} = this.#stores;
    const out = (name: string) => path.join(this.#folder, 'out', name);
    return {
      safetensors: await artifacts.putFile(out('adapter_model.safetensors'), 'application/vnd.safetensors'),
      config: await artifacts.putFile(out('adapter_config.json'), 'application/json'),
      gguf: existsSync(out('adapter.gguf'))
        ? await artifacts.putFile(out('adapter.gguf'), 'application/vnd.gguf')
        : null,
      events: await artifacts.putFile(path.join(this.#folder, 'events.jsonl'), 'application/jsonl'),
      scores: await artifacts.putFile(out('scores.jsonl'), 'application/jsonl'),
      ...(existsSync(out('merged')) ? {merged: await this.#merged(out('merged'))} : {}),
      metrics: JSON.parse(await readFile(out('metrics.json'), 'utf8')) as Record<string, unknown>,
      machine: thisMachine(),
    };
  }

  async #merged(folder: string): Promise<Record<string, ArtifactRef>> {
    const files: Record<string, ArtifactRef> = {};
    for (const name of (await readdir(folder)).sort())
      files[name] = await this.#stores.artifacts.putFile(path.join(folder, name), 'application/octet-stream');
    return files;
  }

  close(): void {
    // Nothing watches.
  }

  async #keep(folder: string): Promise<void> {
    await this.#leases.renew(this.#lease, LEASE_MS);
    await this.#checkpoints.upload(folder);
  }

  async #prepare(): Promise<TrainerSpec> {
    const {artifacts} = this.#stores;
    const {environment} = this.#place;
    const job = this.#job;
    const folder = this.#folder;
    await mkdir(folder, {recursive: true, mode: 0o700});
    const bring = async (name: string, ref: TrainingJob['train']) => {
      const file = path.join(folder, name);
      await artifacts.toFile(ref, file);
      return file;
    };
    const init = path.join(folder, 'init');
    if (job.init !== null) {
      await bring(path.join('init', 'adapter_model.safetensors'), job.init.weights);
      await bring(path.join('init', 'adapter_config.json'), job.init.config);
    }
    return {
      v: 1,
      base: await basePath(job, this.#place),
      train_file: await bring('train.jsonl', job.train),
      validation_file: await bring('validation.jsonl', job.validation),
      golden_digests_file: await bring('golden.txt', job.golden),
      config: {...job.training, ...(job.init === null ? {} : {init_adapter: init})},
      threads: environment.trainerThreads,
      score_rows: job.score_rows,
      gguf: job.gguf,
      ...(job.engine === undefined ? {} : {engine: job.engine}),
      ...(job.tracking === undefined ? {} : {tracking: {run_name: this.#name, ...job.tracking}}),
      resume: 'auto',
      ...(job.until_step === undefined ? {} : {until_step: job.until_step}),
    };
  }
}
