import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {estimateStage} from '../../../activities/cost/activities.ts';
import {NOTHING} from '../../../core/cost/spent.ts';
import {baseOf} from '../../../schemas/task-models.ts';
import type {StageRequest} from '../../../schemas/stage.ts';
import {TrainingConfig} from '../../../schemas/training.ts';
import {resolveProject} from '../../../models/resolve-project.ts';
import {gauntletWorld, madeRows, quiet, TASKS} from '../gauntlet/gauntlet-world.ts';

const RUN = 'lifecycle/gauntlet-test/20261126T000000Z-aaaaaa';
let world: Awaited<ReturnType<typeof gauntletWorld>>;
let base: string;
beforeAll(async () => {
  const rows = madeRows({train: 4, validation: 2, golden: 2, traffic: 0});
  world = await gauntletWorld({engines: [], tasks: {triage: TASKS['triage']!}, rows});
}, 60_000);
afterAll(() => world.remove());

/** A training of 100 steps of 4 rows, at 1 USD a CPU second. */
async function requestOf(budget: object): Promise<StageRequest> {
  const config = {
    ...world.config,
    budget,
    prices: {...world.config.prices, cpu_hour: 3600},
    training: TrainingConfig.parse({micro_batch_size: 4, max_steps: 100}),
  };
  const options = {folder: world.context.folder, defaultModel: world.context.environment.model};
  const {ref, resolved} = await resolveProject(world.stores.artifacts, config, options);
  base = baseOf(resolved).sha256;
  return {...world.request({dataset: world.version.digest}), stage: 'train', resolved: ref, run: RUN};
}
const estimate = async (budget: object, workflowId: string) => {
  const request = await requestOf(budget);
  return estimateStage({request, key: 'a'.repeat(64), units: 400}, world.context, {...quiet(), workflowId});
};

describe('the estimate of a training', () => {
  it('of which nothing was measured says that it is rough, and refuses nothing that is not spent', async () => {
    const {line} = await estimate({run: 1}, 'train/gauntlet-test/0');
    // 20 CPU s to load and 400 rows of 3.69 / 8.
    expect(line).toBe(
      'estimate: about 205 USD: 100 steps of 4 rows; no earlier training of this base model: the estimate is rough',
    );
  });

  it('that is measured refuses what does not fit into what is left, in one line', async () => {
    await world.stores.costs.write({
      v: 1,
      project: 'gauntlet-test',
      source: 'trainer-1',
      day: '2026-11-26',
      from: '1',
      to: '2',
      // 10 to load and 50 for 100 rows: 2 a step.
      training: {base, device: 'cpu', cpu: 'EPYC', load: {cpuSeconds: 10, gpuSeconds: 0}},
      rows: [
        {
          stage: 'train',
          what: 'trainer',
          workflow: 'train/gauntlet-test/other',
          run: RUN,
          spent: {...NOTHING, cpuSeconds: 60, units: 100},
        },
      ],
    });
    // 60 are spent, and 210 are to come.
    await expect(estimate({run: 260}, 'train/gauntlet-test/1')).rejects.toMatchObject({
      type: 'BudgetExceeded',
      retryable: false,
      message:
        'train takes about 210 USD: 100 steps × 2.00 CPU s, as measured in 1 earlier training process of this base model on EPYC; 60 of 260 USD are spent (budget.run): raise budget.run in ratchet.yaml and `ratchet run gauntlet-test` again: finished work is reused',
    });
    const {line} = await estimate({run: 280}, 'train/gauntlet-test/1');
    expect(line).toContain('about 210 USD');
    const [kept] = await world.stores.costs.compared('gauntlet-test', ['train/gauntlet-test/1']);
    expect(kept!.estimate).toMatchObject({stage: 'train', run: RUN, rough: false, spent: {cpuSeconds: 210}});
  });
});
