import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {NOTHING} from '../../../core/cost/spent.ts';
import {ProjectConfig} from '../../../schemas/project.ts';
import type {SpendDocument, SpendRow} from '../../../schemas/cost.ts';
import type {TrainerEvent} from '../../../schemas/training.ts';
import {openStores, type Stores} from '../../../stores/stores.ts';

let folder: string;
let stores: Stores;
let project = '';
let number = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ratchet-costs-'));
  stores = await openStores(pathToFileURL(folder).href);
});
beforeEach(() => {
  project = `mail-${(number += 1)}`;
});
afterAll(() => rm(folder, {recursive: true}));

const TODAY = new Date().toISOString().slice(0, 10);
const RUN = 'lifecycle/mail/20261126T000000Z-aaaaaa';
const row = (cpuSeconds: number, more: Partial<SpendRow> = {}): SpendRow => ({
  stage: 'train',
  what: 'trainer',
  workflow: 'train/mail/0',
  run: RUN,
  spent: {...NOTHING, cpuSeconds},
  ...more,
});
const document = (source: string, rows: SpendRow[], day = TODAY): SpendDocument => ({
  v: 1,
  project,
  source,
  day,
  from: `${day}T00:00:00Z`,
  to: `${day}T01:00:00Z`,
  rows,
});
const settings = (budget: object) =>
  ProjectConfig.pick({prices: true, energy: true, budget: true}).parse({
    prices: {cpu_hour: 3600},
    budget,
  });

describe('what was spent', () => {
  it('is counted once, however often a source says it', async () => {
    await stores.costs.write(document('worker-1', [row(5)]));
    await stores.costs.write(document('worker-1', [row(7)]));
    await stores.costs.write(document('worker-2', [row(1)]));
    const {run} = await stores.costs.soFar(project, {run: RUN, workflows: []});
    expect(run.cpuSeconds).toBe(8);
  });

  it('of a run includes what another run spent on the stage that it goes on with', async () => {
    const before = 'lifecycle/mail/20261125T000000Z-bbbbbb';
    await stores.costs.write(document('trainer-1', [row(100, {run: before})], '2026-11-25'));
    await stores.costs.write(document('worker-1', [row(10), row(3, {run: null, workflow: 'monitor/mail'})]));
    const {run, day} = await stores.costs.soFar(project, {run: RUN, workflows: ['train/mail/0']});
    expect([run.cpuSeconds, day.cpuSeconds]).toEqual([110, 13]);
  });

  it('is read by day', async () => {
    for (const day of ['2026-11-24', '2026-11-25', '2026-11-26'])
      await stores.costs.write(document('worker-1', [row(1)], day));
    const days = async (window: object) =>
      (await Array.fromAsync(stores.costs.documents(project, window))).map(({day}) => day);
    expect(await days({})).toEqual(['2026-11-24', '2026-11-25', '2026-11-26']);
    expect(await days({from: Date.parse('2026-11-25T12:00Z')})).toEqual(['2026-11-25', '2026-11-26']);
    expect(await days({to: Date.parse('2026-11-25T00:00Z')})).toEqual(['2026-11-24']);
  });

  it('stands beside the first estimate, which no later one replaces', async () => {
    const estimate = {
      v: 1 as const,
      project,
      workflow: `train/${project}/0`,
      run: RUN,
      stage: 'train',
      at: '',
      spent: {...NOTHING, cpuSeconds: 50},
      basis: 'a guess',
      rough: true,
    };
    await stores.costs.keepEstimate(estimate);
    await stores.costs.keepEstimate({...estimate, basis: 'wiser after the event'});
    await stores.costs.write(document('trainer-1', [row(60, {workflow: estimate.workflow})]));
    expect(await stores.costs.compared(project, [estimate.workflow, 'train/other'])).toMatchObject([
      {estimate: {basis: 'a guess'}, actual: {cpuSeconds: 60}},
      {estimate: null, actual: {cpuSeconds: 0}},
    ]);
  });
});

describe('a training', () => {
  const event = (name: TrainerEvent['event'], seconds: number, more = {}): TrainerEvent => ({
    t: new Date(Date.parse(`${TODAY}T00:00:00Z`) + seconds * 1000).toISOString(),
    event: name,
    process_seconds: seconds,
    process_cpu_seconds: seconds,
    ...more,
  });
  const events = [
    event('started', 0, {pid: 7}),
    event('loaded', 10, {device: 'cpu', processes: 1}),
    event('step', 12, {step: 1, step_seconds: 2}),
    event('step', 14, {step: 2, step_seconds: 2}),
  ];
  const training = (budget: object, run = RUN) =>
    stores.costs.training({
      project,
      run,
      workflow: 'train/mail/0',
      base: 'b'.repeat(64),
      cpu: 'EPYC',
      job: '0',
      rowsPerStep: 8,
      config: settings(budget),
    });
  const spent = async () => (await stores.costs.soFar(project, {run: RUN, workflows: []})).run;

  it('counts once, though the worker that follows it is another one halfway', async () => {
    await training({}).heard(events.slice(0, 3), true);
    const second = training({});
    await second.heard(events.slice(0, 2), true);
    await second.heard(events.slice(2), true);
    expect(await spent()).toMatchObject({cpuSeconds: 14, units: 16});
  });

  it('that was begun for another run stays on its account', async () => {
    const first = `${RUN}-first`;
    await training({}, first).heard(events.slice(0, 3), true);
    await training({}).heard(events, true);
    const of = async (run: string) => (await stores.costs.soFar(project, {run, workflows: []})).run;
    expect([(await of(first)).cpuSeconds, (await of(RUN)).cpuSeconds]).toEqual([14, 0]);
  });

  it('is over a budget that it would pass before it had stopped, with what others spent', async () => {
    // At 1 USD a CPU second; to stop it takes 2 × 2 s and 2 s to save.
    const over = async (run: number) => {
      const ledger = training({run});
      await ledger.heard(events, true);
      return ledger.exceeded();
    };
    expect(await over(21)).toBeNull();
    expect(await over(20)).toMatchObject({key: 'budget.run', spent: 14, limit: 20, unit: 'USD'});
    await stores.costs.write(document('worker-1', [row(2)]));
    expect(await over(21)).toMatchObject({spent: 16});
  });

  it('whose events another worker has kept before counts them once against the budget, too', async () => {
    await training({}).heard(events, true);
    const ledger = training({run: 21});
    // Before it has read a single event it knows them from the store…
    expect(await ledger.exceeded()).toBeNull();
    await ledger.heard(events);
    expect(await ledger.exceeded()).toBeNull();
    const strict = training({run: 10});
    expect(await strict.exceeded()).toMatchObject({spent: 14});
  });

  it('without a budget asks nobody', async () => {
    expect(await training({}).exceeded()).toBeNull();
  });
});
