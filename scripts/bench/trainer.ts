import {createHash} from 'node:crypto';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {availableParallelism, tmpdir} from 'node:os';
import path from 'node:path';
import {z} from 'zod';
import {trainingConfigOf} from '../../schemas/training.ts';
import {openProject} from '../../cli/project.ts';
import {PACKAGE_ROOT} from '../../stack/own-program.ts';
import {percentiles} from './load.ts';
import {timedRun} from './timed-run.ts';
import {trainerRows} from './trainer-rows.ts';

/** What a step took in one run: CPU seconds on the mean of all, wall seconds the median. */
interface StepCost {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** The first step's mean NLL a token, before any weight was changed: the same in both but for rounding. */
  readonly loss: number;
}

export interface TrainerBench {
  readonly rows: number;
  readonly steps: number;
  readonly threads: number;
  readonly dtype: string;
  /** Medians of the rounds, a step. */
  readonly trainer: StepCost;
  readonly plain: StepCost;
  /** Trainer / plain loop, of these medians. */
  readonly ratio: {readonly cpu: number; readonly wall: number};
  readonly rounds: readonly {readonly trainer: StepCost; readonly plain: StepCost}[];
  readonly target: {readonly cpuRatio: 1.03; readonly met: boolean};
}

const Event = z.looseObject({event: z.string()});
const Loaded = z.object({event: z.literal('loaded'), dtype: z.string()});
const Step = z.object({event: z.literal('step'), step_seconds: z.number(), loss: z.number()});
const Metrics = z.object({steps: z.int(), cpu_seconds: z.number()});
const PlainRun = z.object({
  steps: z.int(),
  cpu_seconds: z.number(),
  step_seconds: z.array(z.number()),
  losses: z.array(z.number()),
});

const ROOT = path.join(PACKAGE_ROOT, 'trainer');

/**
 * Our trainer and a plain transformers + peft loop, one after the other on the same spec: the base, the settings and rows of
 * examples/mail. Counted are the steps alone, with neither load, evaluation nor checkpoint.
 */
export async function benchTrainer({
  rounds = 3,
  steps = 8,
}: {readonly rounds?: number; readonly steps?: number} = {}): Promise<TrainerBench> {
  const {RATCHET_PYTHON: python, RATCHET_MODEL: model} = process.env;
  if (!python || !model) throw new Error('no trainer environment or no base model: see `npm run bench`');
  const folder = await mkdtemp(path.join(tmpdir(), 'ratchet-bench-trainer-'));
  try {
    const bed = await trainerBed({folder, python, model, steps});
    // The first run of the base makes its cache. It also says which precision "auto" means here: the loop uses the same.
    const {dtype} = await runTrainer(bed, 'first', {max_steps: 1});
    const precision = {bf16: dtype === 'bfloat16'};
    const done: {trainer: StepCost; plain: StepCost}[] = [];
    for (let round = 0; round < rounds; round++) {
      const {dtype: _, ...trainer} = await runTrainer(bed, `ours-${round}`, precision);
      done.push({trainer, plain: await runPlainLoop(bed, `plain-${round}`, precision)});
    }
    const [trainer, plain] = [median(done.map((r) => r.trainer)), median(done.map((r) => r.plain))];
    const ratio = {
      cpu: trainer.cpuSeconds / plain.cpuSeconds,
      wall: trainer.wallSeconds / plain.wallSeconds,
    };
    return {
      rows: bed.rows,
      steps,
      threads: bed.threads,
      dtype,
      trainer,
      plain,
      ratio,
      rounds: done,
      target: {cpuRatio: 1.03, met: ratio.cpu <= 1.03},
    };
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

/** What both loops run on. */
interface TrainerBed {
  readonly folder: string;
  readonly python: string;
  readonly rows: number;
  readonly threads: number;
  /** Writes the spec of a job, with settings changed, and returns its file. */
  readonly write: (job: string, change: object) => Promise<string>;
}

// Threads that wait do not count as work in either.
const ENV = {...process.env, PYTHONPATH: ROOT, PYTHONDONTWRITEBYTECODE: '1', OMP_WAIT_POLICY: 'PASSIVE'};

async function trainerBed({
  folder,
  python,
  model,
  steps,
}: Pick<TrainerBed, 'folder' | 'python'> & {
  readonly model: string;
  readonly steps: number;
}): Promise<TrainerBed> {
  const example = path.join(PACKAGE_ROOT, 'examples', 'mail');
  const {config} = openProject(example);
  const training = trainingConfigOf(config);
  const rows = await trainerRows(config, {
    folder: example,
    model,
    count: steps * training.micro_batch_size,
  });
  const train = path.join(folder, 'train.jsonl');
  await writeFile(train, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const sha256 = createHash('sha256')
    .update(await readFile(model))
    .digest('hex');
  const threads = Math.min(2, availableParallelism());
  const write = async (job: string, change: object): Promise<string> => {
    const spec = {
      v: 1,
      job_dir: path.join(folder, job),
      base: {kind: 'gguf', path: model, sha256},
      train_file: train,
      threads,
      devices: 1,
      resume: 'never',
      // Without validation rows nothing is evaluated, and one checkpoint comes after the last step, which is not counted.
      config: {...training, warmup_steps: 1, max_steps: steps, save_steps: steps, ...change},
    };
    const file = path.join(folder, `${job}.json`);
    await writeFile(file, JSON.stringify(spec));
    return file;
  };
  return {folder, python, rows: rows.length, threads, write};
}

async function runTrainer(
  {folder, python, write}: TrainerBed,
  job: string,
  change: object,
): Promise<StepCost & {readonly dtype: string}> {
  await timedRun(python, ['-m', 'ratchet_trainer', await write(job, change)], {env: ENV});
  const read = (file: string) => readFile(path.join(folder, job, file), 'utf8');
  const events = (await read('events.jsonl'))
    .trim()
    .split('\n')
    .map((line) => Event.parse(JSON.parse(line)));
  const all = events.filter(({event}) => event === 'step').map((event) => Step.parse(event));
  const metrics = Metrics.parse(JSON.parse(await read(path.join('out', 'metrics.json'))));
  return {
    cpuSeconds: metrics.cpu_seconds / metrics.steps,
    wallSeconds: percentiles(all.map((step) => step.step_seconds)).p50,
    loss: all[0]!.loss,
    dtype: Loaded.parse(events.find(({event}) => event === 'loaded')).dtype,
  };
}

async function runPlainLoop({python, write}: TrainerBed, job: string, change: object): Promise<StepCost> {
  const loop = path.join(import.meta.dirname, 'plain_peft_loop.py');
  const {stdout} = await timedRun(python, [loop, await write(job, change)], {env: ENV});
  const run = PlainRun.parse(JSON.parse(stdout.trim().split('\n').at(-1)!));
  return {
    cpuSeconds: run.cpu_seconds / run.steps,
    wallSeconds: percentiles(run.step_seconds).p50,
    loss: run.losses[0]!,
  };
}

function median(costs: readonly StepCost[]): StepCost {
  const of = (key: keyof StepCost) => percentiles(costs.map((cost) => cost[key])).p50;
  return {cpuSeconds: of('cpuSeconds'), wallSeconds: of('wallSeconds'), loss: of('loss')};
}
