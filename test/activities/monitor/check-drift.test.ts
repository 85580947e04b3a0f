import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {checkDrift} from '../../../activities/monitor/check-drift.ts';
import type {CheckedDrift} from '../../../activities/monitor/check-drift.ts';
import {seededRandom, type Random} from '../../../core/evaluation/statistics/random.ts';
import {DriftReport, MonitorState} from '../../../schemas/drift.ts';
import {quiet} from '../gauntlet/gauntlet-world.ts';
import {World} from './world.ts';

let world: World;
let random: Random;
let state: MonitorState;
beforeEach(() => {
  random = seededRandom('check drift');
  state = {reference: null, seenTo: null, resetAt: null, startedAt: null, checks: 0};
});
afterEach(() => world.project.remove());

async function look(at: string, activity = quiet()): Promise<CheckedDrift> {
  await world.store();
  const seen = await checkDrift(
    {project: world.name, state, forced: true, at},
    world.project.context,
    activity,
  );
  const {reference, seenTo, budget} = seen;
  // As a workflow carries it.
  state = MonitorState.parse({...state, reference, seenTo, ...(budget === undefined ? {} : {budget})});
  return seen;
}

/** Answers at this hour; at night most of them are spam. */
function answers(n: number, hour: number): void {
  const night = hour % 24 < 6;
  for (let i = 0; i < n; i++)
    world.answer({
      at: world.at(hour + i / n),
      output: random.next() < (night ? 0.8 : 0.2) ? 'spam' : 'ham',
      fields: {body: 'x'.repeat(20 + random.below(200))},
    });
}

describe('a daily cycle', () => {
  it('compares nothing before a whole day, then the same hours: a night with a night', async () => {
    world = await World.begin({window: 60, permutations: 199});
    for (let hour = 0; hour < 24; hour += 2) answers(60, hour);
    expect(await look(world.at(23))).toMatchObject({check: null, reference: null});
    expect((await look(world.at(23))).note).toMatch(
      /^the reference window is not full yet: it spans whole days/,
    );
    expect(state.budget).toBeUndefined();

    // The evening before this night, item by item, would be another world.
    answers(60, 26);
    const night = await look(world.at(27));
    expect(night).toMatchObject({reference: {cycle: 'day'}, check: {drift: {drifted: false}}});
    const {stores} = world.project.context;
    const report = await stores.artifacts.getJson(night.check!.drift.report, DriftReport);
    expect(report).toMatchObject({alpha: 0.01, current: {n: 60}});
    expect(report.reference.n).toBeGreaterThanOrEqual(30);
    expect(report.reference.n).toBeLessThanOrEqual(120);

    // By day as many are spam as at night before: that is drift.
    for (let i = 0; i < 60; i++)
      world.answer({at: world.at(36 + i / 60), output: random.next() < 0.8 ? 'spam' : 'ham'});
    expect(
      (await look(world.at(37))).check!.drift.columns.find(({column}) => column === 'label_share'),
    ).toMatchObject({
      drifted: true,
    });
  });

  it('says so where its days hold too little at this hour', async () => {
    world = await World.begin({window: 60, permutations: 199});
    answers(60, 0);
    answers(60, 36);
    expect(await look(world.at(37))).toMatchObject({
      check: null,
      note: '0 inputs of the reference at this time of the day, at least 30 needed',
    });
  });

  it('takes a new reference where the setting changed, and keeps one of the same', async () => {
    world = await World.begin({window: 20, permutations: 199, cycle: 'none'});
    for (let hour = 0; hour < 24; hour++) answers(20, hour);
    answers(20, 25);
    await look(world.at(26));
    const first = state.reference!;
    expect(first).toMatchObject({n: 20, to: expect.stringMatching(/./) as string});
    expect(first.cycle).toBeUndefined();
    await look(world.at(26.5));
    expect(state.reference).toEqual(first);
    await world.project.write({monitor: {window: 20, permutations: 199, cycle: 'day'}});
    await look(world.at(27));
    expect(state.reference).toMatchObject({cycle: 'day', from: world.at(0), end: world.at(24)});
  });
});

it('looks spend of one budget, those that compare nothing do not', async () => {
  world = await World.begin({window: 20, permutations: 199, cycle: 'none'});
  answers(20, 0);
  await look(world.at(1));
  expect(state.budget).toBeUndefined();
  const alphas: number[] = [];
  for (const hour of [2, 3, 4]) {
    answers(20, hour);
    const {check} = await look(world.at(hour + 1));
    const report = await world.project.context.stores.artifacts.getJson(check!.drift.report, DriftReport);
    alphas.push(report.alpha!);
  }
  expect(alphas[0]).toBe(0.01);
  expect(alphas[1]).toBeCloseTo((0.01 + 0.5 / 720) / 2, 9);
  expect(alphas[2]).toBeLessThan(alphas[1]!);
});

it('ends at once when it is cancelled, whatever it computes', async () => {
  world = await World.begin({window: 20, permutations: 199, cycle: 'none'});
  answers(20, 0);
  answers(20, 2);
  const cancelled = new AbortController();
  const progress = ({done}: {done: number}) => {
    if (done === 1) cancelled.abort(new Error('cancelled'));
  };
  await expect(look(world.at(3), {...quiet(), signal: cancelled.signal, progress})).rejects.toThrow(
    'cancelled',
  );
});
