import {access, readFile} from 'node:fs/promises';
import path from 'node:path';
import {z} from 'zod';
import {ArtifactRef} from '../../schemas/artifact.ts';
import {known} from '../../schemas/tolerant.ts';
import {RungResult} from '../../schemas/training.ts';
import {TrainingOutcome} from '../../schemas/training-job.ts';
import {swapDocument, readDocument, writeDocument} from '../../stores/objects/documents.ts';
import type {Stores} from '../../stores/stores.ts';

/** checkpoints/PROJECT/KEY/STEP.json, written after all files it names. */
export const CheckpointRecord = z.strictObject({
  v: z.literal(1),
  step: z.int(),
  files: z.record(z.string(), ArtifactRef),
});
const Manifest = z.looseObject({step: z.int(), files: z.record(z.string(), z.string())});

/** checkpoints/PROJECT/JOB/rung-000007.json: what a trial came to at this step. */
export const RungRecord = RungResult.extend({v: z.literal(1)});

/** checkpoints/PROJECT/KEY/starts.json. */
export const Starts = z.strictObject({
  /** Missing where it was written before it said its version. */
  v: z.literal(1).default(1),
  /** Run ID of the train workflow that counts. */
  execution: z.string(),
  step: z.int(),
  /** Since the last new checkpoint. */
  starts: z.int(),
});

/**
 * A training job's checkpoints in the object store, so that the job can go on on another machine. Files first, the record
 * last: a record that can be read is whole.
 */
export class Checkpoints {
  readonly #stores: Stores;
  readonly #folder: string;

  constructor(stores: Stores, project: string, key: string) {
    this.#stores = stores;
    this.#folder = `checkpoints/${project}/${key}/`;
  }

  /**
   * Brings a checkpoint folder of the trainer into the store. Idempotent. False where it is not whole any more: the trainer
   * keeps its last two, and an older one may go while it is read.
   */
  async upload(folder: string): Promise<boolean> {
    try {
      await this.#upload(folder);
      return true;
    } catch (error) {
      const {cause} = error as Error;
      const gone = [error, cause].some(
        (one) => (one as NodeJS.ErrnoException | undefined)?.code === 'ENOENT',
      );
      if (gone) return false;
      throw error;
    }
  }

  async #upload(folder: string): Promise<void> {
    const manifest = Manifest.parse(JSON.parse(await readFile(path.join(folder, 'manifest.json'), 'utf8')));
    const files: Record<string, ArtifactRef> = {};
    for (const name of [...Object.keys(manifest.files), 'manifest.json']) {
      files[name] = await this.#stores.artifacts.putFile(path.join(folder, name), 'application/octet-stream');
    }
    const record = {v: 1 as const, step: manifest.step, files};
    await writeDocument(this.#stores.objects, this.#key(manifest.step), CheckpointRecord, record);
  }

  /** The last uploaded step, 0 if there is none. */
  async lastStep(): Promise<number> {
    let step = 0;
    for await (const key of this.#stores.objects.list(this.#folder)) {
      const match = /step-(\d+)\.json$/.exec(key);
      if (match) step = Math.max(step, Number(match[1]));
    }
    return step;
  }

  /** Brings the last uploaded checkpoint to `root`, unless this machine has it or a newer one. Gives its step, 0 if none. */
  async download(root: string): Promise<number> {
    const step = await this.lastStep();
    if (step === 0) return 0;
    const folder = path.join(root, `step-${String(step).padStart(6, '0')}`);
    if (await exists(path.join(folder, 'manifest.json'))) return step;
    const record = await readDocument(this.#stores.objects, this.#key(step), CheckpointRecord);
    if (!record) return 0;
    const {'manifest.json': manifest, ...files} = record.value.files;
    for (const [name, ref] of Object.entries(files))
      await this.#stores.artifacts.toFile(ref, path.join(folder, name));
    // Last, as the trainer itself does: without it the folder is not a checkpoint.
    await this.#stores.artifacts.toFile(manifest!, path.join(folder, 'manifest.json'));
    return step;
  }

  /** What the trial came to at this step, if it has been there. */
  async rung(step: number): Promise<RungResult | null> {
    const found = await readDocument(this.#stores.objects, this.#rung(step), RungRecord);
    if (!found) return null;
    const {v: _v, ...result} = known(RungRecord).parse(found.value);
    return result;
  }

  async keepRung(step: number, result: RungResult): Promise<void> {
    const record = {v: 1 as const, ...result};
    await writeDocument(this.#stores.objects, this.#rung(step), RungRecord, record, {ifNoneMatch: '*'});
  }

  /** Counts the starts of this execution since the last new checkpoint, over all workers and machines. */
  async countStart(execution: string): Promise<number> {
    const step = await this.lastStep();
    const kept = await swapDocument(this.#stores.objects, this.#starts, Starts, (former) => ({
      v: 1 as const,
      execution,
      step,
      starts: former?.execution === execution && former.step === step ? former.starts + 1 : 1,
    }));
    return kept!.starts;
  }

  /** Whether this execution was the last one to start the trainer; else what became of it is an old story. */
  async startedBy(execution: string): Promise<boolean> {
    const found = await readDocument(this.#stores.objects, this.#starts, Starts);
    return found?.value.execution === execution;
  }

  /** A start that ended for no fault of the job (pre-emption, a worker's shutdown) does not count. */
  async forgiveStart(): Promise<void> {
    await swapDocument(
      this.#stores.objects,
      this.#starts,
      Starts,
      (former) => former && {...former, starts: Math.max(0, former.starts - 1)},
    );
  }

  /** The last word of the one that trained where the disk is gone with the machine; null if there is none. */
  async outcome(): Promise<TrainingOutcome | null> {
    return (await readDocument(this.#stores.objects, this.#outcome, TrainingOutcome))?.value ?? null;
  }

  async putOutcome(outcome: TrainingOutcome): Promise<void> {
    await writeDocument(this.#stores.objects, this.#outcome, TrainingOutcome, outcome);
  }

  get #outcome(): string {
    return `${this.#folder}outcome.json`;
  }

  get #starts(): string {
    return `${this.#folder}starts.json`;
  }

  #rung(step: number): string {
    return `${this.#folder}rung-${String(step).padStart(6, '0')}.json`;
  }

  #key(step: number): string {
    return `${this.#folder}step-${String(step).padStart(6, '0')}.json`;
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
