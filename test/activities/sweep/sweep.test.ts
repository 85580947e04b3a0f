import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {ActivityContext} from '../../../activities/context.ts';
import * as cost from '../../../activities/cost/activities.ts';
import * as stage from '../../../activities/stage/activities.ts';
import * as sweeping from '../../../activities/sweep/activities.ts';
import * as train from '../../../activities/train/activities.ts';
import {SweepRecord, TrainingConfig, TrainingResult} from '../../../schemas/training.ts';
import type {StageRequest} from '../../../schemas/stage.ts';
import {resolveEnvironment} from '../../../launcher/environment.js';
import {resolveProject} from '../../../models/resolve-project.ts';
import {asActivity, registered} from '../../../workers/run-activity.ts';
import {bundleOf, startWorkers, type TestWorkers} from '../../workflows/workers-of.ts';
import {smallModel} from '../../models/small-model.ts';
import {gauntletWorld, madeRows, quiet, TASKS} from '../gauntlet/gauntlet-world.ts';

const {python} = resolveEnvironment();
const ROOT = join(import.meta.dirname, '..', '..', '..');
const PROJECT = 'gauntlet-test';
const RUN = `lifecycle/${PROJECT}/20261126T000000Z-aaaaaa`;

let world: Awaited<ReturnType<typeof gauntletWorld>>;
let context: ActivityContext;
let workers: TestWorkers;
beforeAll(async () => {
  const triage = {...TASKS['triage']!, train: {rows: 8, balance: 'class', validation_rows: 4}} as const;
  world = await gauntletWorld({
    engines: [],
    tasks: {triage},
    rows: madeRows({train: 30, validation: 12, golden: 9, traffic: 0}),
  });
  const environment = {
    ...world.context.environment,
    trainer: join(ROOT, 'trainer'),
    ...(python === undefined ? {} : {python, model: await smallModel()}),
  };
  context = {...world.context, environment};
  // No engine here serves the adapter: what it answers is another test's subject.
  const parity = {reference: 1, engine: 1, rows: 4, tolerance: 0.1};
  workers = await startWorkers({
    bundle: await bundleOf('stages'),
    project: PROJECT,
    activities: () => ({
      ...Object.fromEntries(
        [train, cost, sweeping, stage].flatMap((module) =>
          (['cpu', 'gpu'] as const).flatMap((queue) => registered(module, queue, context)),
        ),
      ),
      checkParity: asActivity(() => Promise.resolve(parity), context),
    }),
  });
}, 120_000);
afterAll(async () => {
  await workers.stop();
  await world.remove();
});

async function requestOf(training: object, budget: object = {}): Promise<StageRequest> {
  const config = {
    ...world.config,
    budget,
    training: TrainingConfig.parse({
      lora_r: 2,
      lora_alpha: 4,
      lora_target_modules: ['q_proj', 'v_proj'],
      sequence_len: 96,
      micro_batch_size: 2,
      max_steps: 9,
      save_steps: 4,
      eval_steps: 4,
      learning_rate: 1e-4,
      ...training,
    }),
  };
  const options = {folder: context.folder, defaultModel: context.environment.model};
  const {ref} = await resolveProject(world.stores.artifacts, config, options);
  const inputs = {dataset: world.version.digest, init: ''};
  return {...world.request(inputs), stage: 'sweep', resolved: ref, run: RUN};
}

/** A sweep as a lifecycle starts it. */
async function swept(request: StageRequest): Promise<TrainingResult> {
  const {key, workflowId} = await stage.resolveStage(request, context);
  const args = [{request, key, waiter: `${RUN}@1`}];
  const options = {workflowId, taskQueue: workers.queue, args};
  return workers.client.workflow.execute<() => Promise<TrainingResult>>('sweep', options as never);
}

describe.skipIf(python === undefined)('a sweep of three learning rates', {timeout: 600_000}, () => {
  // The first learns nothing.
  const sweep = {learning_rate: [1e-9, 1e-4, 3e-3], trials: 3};

  it('gives the adapter that the best of them gives by itself, bit for bit, and is found by its key', async () => {
    const request = await requestOf({sweep});
    const result = await swept(request);
    expect(result.steps).toBe(9);
    const record = await world.stores.artifacts.getJson(result.sweep!, SweepRecord);
    expect(record.rungs).toEqual([1, 3, 9]);
    expect(record.trials.map(({point}) => point['learning_rate'])).toEqual(sweep.learning_rate);
    const losses = record.trials.map(({rungs}) => rungs[0]!.loss!);
    expect(losses[record.winner - 1]).toBe(Math.min(...losses));
    expect(record.trials.map(({rungs}) => rungs.length)).toEqual([1, 1, 1]);

    const {point} = record.trials[record.winner - 1]!;
    const alone: StageRequest = {...(await requestOf(point)), stage: 'train'};
    const found = await stage.resolveStage(alone, context);
    expect(TrainingResult.parse(found.hit).adapter.digest).toBe(result.adapter.digest);
    const set = await train.renderTrainingSet({request: alone}, context, quiet());
    const activity = {...quiet(), workflowId: 'train/undisturbed'};
    const undisturbed = await train.trainAdapter(
      {request: alone, key: 'e'.repeat(64), set},
      context,
      activity,
    );
    expect(undisturbed.adapter.digest).toBe(result.adapter.digest);

    expect((await stage.resolveStage(request, context)).hit).toEqual(result);
    // Three trials of a step each, and the winner's other eight, of two rows each: all on the sweep's account.
    const [{actual, estimate}] = (await world.stores.costs.compared(PROJECT, [
      `sweep/${PROJECT}/${(await stage.resolveStage(request, context)).key.slice(0, 12)}`,
    ])) as [Awaited<ReturnType<typeof world.stores.costs.compared>>[number]];
    expect(actual.units).toBe((3 + 8) * 2);
    expect(actual.cpuSeconds).toBeGreaterThan(0);
    expect(estimate).toMatchObject({stage: 'sweep', rough: true});
  });

  it('that does not fit into what is left of the budget is refused before a trial begins', async () => {
    const more = {sweep: {...sweep, learning_rate: [2e-9, 2e-4, 2e-3]}};
    const before = await Array.fromAsync(world.stores.costs.documents(PROJECT));
    await expect(swept(await requestOf(more, {run: 1e-6}))).rejects.toMatchObject({
      cause: {
        cause: {
          type: 'BudgetExceeded',
          message: expect.stringMatching(/are spent \(budget\.run\): raise budget\.run/) as string,
        },
      },
    });
    expect(await Array.fromAsync(world.stores.costs.documents(PROJECT))).toEqual(before);
  });
});
