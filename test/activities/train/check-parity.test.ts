import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {TrainingSet} from '../../../schemas/training-set.ts';
import {checkParity} from '../../../activities/train/check-parity.ts';
import type {TrainingResult} from '../../../schemas/training.ts';
import {gauntletWorld, quiet} from '../gauntlet/gauntlet-world.ts';
import {scriptedEngine} from '../gauntlet/scripted-engine.ts';

/** −ln p that the engine gives every token under the adapter. */
const ENGINE_NLL = 0.5;

describe('the adapter’s loss on the engine against the trainer’s own', () => {
  let engine: Awaited<ReturnType<typeof scriptedEngine>>;
  let world: Awaited<ReturnType<typeof gauntletWorld>>;
  beforeAll(async () => {
    const says = {choose: () => 'ham', write: () => 'ham'};
    engine = await scriptedEngine({...says, nll: 3}, {...says, nll: ENGINE_NLL});
    world = await gauntletWorld({engines: [engine.url]});
  });
  afterAll(async () => {
    await engine.close();
    await world.remove();
  });

  it('holds on the first 8 rows of each task', async () => {
    const off = expect.closeTo(0.24, 6) as number;
    expect(await check(validation(20), scores(16, ENGINE_NLL + 0.24))).toEqual({
      reference: expect.closeTo(ENGINE_NLL + 0.24, 6) as number,
      engine: expect.closeTo(ENGINE_NLL, 6) as number,
      rows: 16,
      differences: {triage: off, subject: off},
      tolerance: 0.25,
    });
  });

  it('holds on all rows where there are fewer', async () => {
    expect(await check(validation(3), scores(3, ENGINE_NLL))).toMatchObject({rows: 3});
  });

  it.each([ENGINE_NLL + 0.26, ENGINE_NLL - 0.26])('does not hold at %f nats a token', async (nll) => {
    await expect(check(validation(16), scores(16, nll))).rejects.toMatchObject({
      type: 'AdapterNotServed',
      message:
        "the engine's loss with the adapter differs from the trainer's by 0.2600 nats a token on 8 validation rows of triage, expected at most 0.25: it would not serve what was trained",
    });
  });

  it('does not hold where the differences of rows only cancel in their mean', async () => {
    const given = scores(16, ENGINE_NLL).map((score, i) => ({
      ...score,
      nll: score.nll + (i % 4 < 2 ? 1.2 : -1.2),
    }));
    await expect(check(validation(16), given)).rejects.toMatchObject({type: 'AdapterNotServed'});
  });

  it('does not hold where one task is broken that has few of the tokens', async () => {
    const given = scores(16, ENGINE_NLL).map((score) =>
      score.task === 'triage'
        ? {...score, nll: ENGINE_NLL + 1, tokens: 1}
        : {...score, nll: 300 * ENGINE_NLL, tokens: 300},
    );
    await expect(check(validation(16), given)).rejects.toMatchObject({
      type: 'AdapterNotServed',
      message: expect.stringContaining('on 8 validation rows of triage') as string,
    });
  });

  it('forgives the rounding of a single row, and no more', async () => {
    expect(await check(validation(1), scores(1, ENGINE_NLL + 0.4))).toMatchObject({rows: 1});
    await expect(check(validation(1), scores(1, ENGINE_NLL + 1.1))).rejects.toMatchObject({
      type: 'AdapterNotServed',
    });
  });

  it.each([
    ['fewer rows', scores(15, ENGINE_NLL), 'they are of 15 rows, expected 16'],
    ['more rows', scores(17, ENGINE_NLL), 'line 17 is row m-8 of triage, expected no more than 16 rows'],
    ['no rows', [], 'they are of 0 rows, expected 16'],
    [
      'another order',
      scores(16, ENGINE_NLL).reverse(),
      'line 1 is row m-7 of subject, expected row m-0 of triage',
    ],
    [
      'another task of the same row',
      scores(16, ENGINE_NLL).map((score) => ({...score, task: 'triage'})),
      'line 2 is row m-0 of triage, expected row m-0 of subject',
    ],
  ])('refuses scores of %s', async (_, given, difference) => {
    await expect(check(validation(20), given)).rejects.toMatchObject({
      type: 'TrainerFailed',
      message: `the trainer's scores (out/scores.jsonl) are not those of each task's first validation rows: ${difference}`,
    });
  });

  async function check(rows: readonly object[], given: readonly object[]) {
    const {artifacts} = world.stores;
    const {adapter} = await world.adapterRelease(1, world.version.digest);
    const empty = await artifacts.putBytes('', 'text/plain');
    const set: TrainingSet = {
      train: empty,
      validation: (await artifacts.putLines(rows)).ref,
      trainRows: 0,
      validationRows: rows.length,
      golden: empty,
    };
    const trained: TrainingResult = {
      adapter: adapter!,
      metrics: {},
      events: empty,
      scores: (await artifacts.putLines(given)).ref,
      steps: 1,
      parity: null,
    };
    return checkParity(
      {request: {...world.request({dataset: 'd'}), stage: 'train'}, set, trained},
      world.context,
      quiet(),
    );
  }
});

/** One mail after another, each for both tasks. */
function named(index: number): {id: string; task: string} {
  return {id: `m-${Math.floor(index / 2)}`, task: index % 2 === 0 ? 'triage' : 'subject'};
}

function validation(count: number): object[] {
  return Array.from({length: count}, (_, i) => ({
    ...named(i),
    prompt: `Message: number ${i}\n\nAnswer:`,
    completion: ' ham and eggs',
    eos: true,
  }));
}

function scores(count: number, nll: number) {
  return Array.from({length: count}, (_, i) => ({...named(i), nll: 3 * nll, tokens: 3}));
}
