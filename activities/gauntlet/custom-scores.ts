import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import path, {extname} from 'node:path';
import {customScore, tasksOf} from '../../core/evaluation/catalog/custom.ts';
import type {MeasuredSample, TaskShape} from '../../core/evaluation/catalog/metric.ts';
import type {CustomMetrics} from '../../schemas/custom-metric.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {DeadlineThreads} from '../../threads/deadline-threads.ts';
import type {Activity} from '../context.ts';
import type {CustomAnswer, CustomValues} from './metric-thread.ts';

const DEADLINE_MS = 120_000;
const MEMORY_MB = 512;

export interface CustomScoring {
  readonly metrics: CustomMetrics;
  /** Of each metric's file, as the run was started with it. */
  readonly digests: Readonly<Record<string, string>>;
  readonly tasks: Readonly<Record<string, TaskShape>>;
  /** `TASK/ITEM` → what the model was shown. */
  readonly inputs: ReadonlyMap<string, string>;
  /** Of the project. */
  readonly folder: string;
  /** For one metric of one release's answers. Milliseconds. */
  readonly deadlineMs?: number;
}

export interface CustomScored<Name extends string> {
  readonly samples: Record<Name, readonly MeasuredSample[]>;
  /** Metric → why it could not be measured. */
  readonly unmeasured: Record<string, string>;
}

/**
 * Samples with the values of the project's own metrics, each computed in a thread that a deadline ends. The code is this
 * worker's own file, and must be the one that the run was started with: no run brings code along. Throws InvalidInput where it
 * is another one.
 */
export async function customScores<Name extends string>(
  samples: Readonly<Record<Name, readonly MeasuredSample[]>>,
  {metrics, digests, tasks, inputs, folder, deadlineMs = DEADLINE_MS}: CustomScoring,
  {signal}: Pick<Activity, 'signal'>,
): Promise<CustomScored<Name>> {
  let scored = {...samples} as Record<Name, readonly MeasuredSample[]>;
  const unmeasured: Record<string, string> = {};
  for (const [name, metric] of Object.entries(metrics)) {
    const file = path.resolve(folder, metric.file);
    await refuseOther(file, metric.file, digests[name]);
    const of = new Set(tasksOf(metric, tasks));
    const thread = new DeadlineThreads({
      // The same file, as source or compiled.
      file: new URL(`./metric-thread${extname(import.meta.filename)}`, import.meta.url),
      data: {file},
      most: 1,
      deadlineMs,
      patienceMs: 2 ** 31 - 1,
      waiting: 1,
      waitingOfALane: 1,
      idleMs: 1000,
      memoryMb: MEMORY_MB,
    });
    try {
      const entries: [string, readonly MeasuredSample[]][] = [];
      for (const [role, all] of Object.entries<readonly MeasuredSample[]>(scored)) {
        signal.throwIfAborted();
        const asked = all.filter(({task, error}) => of.has(task) && error === null);
        const job = asked.map(({task, item, output, expected}): CustomAnswer => {
          const input = inputs.get(`${task}/${item}`) ?? '';
          return {task, item, input, output, expected};
        });
        const done = await thread.run<CustomValues>(job, '');
        if (done.status !== 'done')
          throw new Error(`it took longer than ${deadlineMs / 1000} s, or more than ${MEMORY_MB} MiB`);
        const values = new Map(asked.map((sample, i) => [sample, done.value[i] ?? null]));
        entries.push([role, all.map((sample) => withValue(sample, customScore(name), values.get(sample)))]);
      }
      scored = Object.fromEntries(entries) as typeof scored;
    } catch (error) {
      if (signal.aborted) throw error;
      const reason = `${metric.file}: ${error instanceof Error ? error.message : String(error)}`;
      for (const task of of) unmeasured[`${task}_${name}`] = reason;
    } finally {
      await thread.close();
    }
  }
  return {samples: scored, unmeasured};
}

function withValue(sample: MeasuredSample, name: string, value: number | null | undefined): MeasuredSample {
  return typeof value === 'number' ? {...sample, scores: {...sample.scores, [name]: value}} : sample;
}

async function refuseOther(file: string, said: string, expected: string | undefined): Promise<void> {
  const bytes = await readFile(file).catch(() => null);
  const got = bytes && createHash('sha256').update(bytes).digest('hex');
  if (got === expected) return;
  throw new RatchetError(
    'InvalidInput',
    `gauntlet.metrics: ${said} on this worker ${got === null ? 'is not there' : `hashes to ${got.slice(0, 12)}`}, the run was started with ${expected?.slice(0, 12) ?? 'none'}: give every cpu worker the same file, or start the run again`,
  );
}
