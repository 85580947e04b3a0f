import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {NOTHING} from '../../../core/cost/spent.ts';
import type {SpendDocument, Spent} from '../../../schemas/cost.ts';
import {ProjectConfig} from '../../../schemas/project.ts';
import type {TrainerEvent} from '../../../schemas/training.ts';
import {TrainingLedger, type Book, type SoFar} from '../../../stores/costs/training-ledger.ts';
import {projectYaml} from '../../workflows/project-of.ts';

/** A book in memory: what was written, and what others spent. */
class FakeBook implements Book {
  readonly written: SpendDocument[] = [];
  others: SoFar = {run: NOTHING, day: NOTHING};
  kept: SpendDocument | null = null;
  readonly asked: {readonly run: string | null; readonly workflows: readonly string[]}[] = [];
  but: ((source: string) => boolean) | undefined;

  write(document: SpendDocument): Promise<void> {
    this.written.push(document);
    return Promise.resolve();
  }
  document(): Promise<SpendDocument | null> {
    return Promise.resolve(this.kept);
  }
  soFar(_: string, asked: (typeof this.asked)[number], but?: (source: string) => boolean): Promise<SoFar> {
    this.asked.push(asked);
    this.but = but;
    return Promise.resolve(this.others);
  }
}

const NOW = '2026-11-27T00:00:10.000Z';
const config = (budget: ProjectConfig['budget']) => ({
  ...ProjectConfig.parse(projectYaml('post', {prices: {currency: 'EUR', cpu_hour: 3600}})),
  budget,
});
/** Each CPU second costs 1 EUR. */
function ledgerOf(
  book: FakeBook,
  budget: ProjectConfig['budget'] = {},
  workflow = 'train/post/1',
): TrainingLedger {
  return new TrainingLedger(book, {
    project: 'post',
    run: 'lifecycle/post/1',
    workflow,
    job: 'job',
    base: 'b'.repeat(64),
    cpu: 'a processor',
    config: config(budget),
    rowsPerStep: 4,
  });
}
/** A trainer that began before midnight and has used so many CPU seconds at a time. */
const event = (t: string, cpu: number, more: Partial<TrainerEvent> = {}): TrainerEvent => ({
  t,
  event: 'step',
  process_seconds: cpu,
  process_cpu_seconds: cpu,
  ...more,
});
const STARTED = event('2026-11-26T23:59:00.000Z', 0, {event: 'started', pid: 7});
const LOADED = event('2026-11-26T23:59:20.000Z', 20, {event: 'loaded', device: 'cpu'});
const YESTERDAY = event('2026-11-26T23:59:50.000Z', 50);
const TODAY = event('2026-11-27T00:00:09.000Z', 69);
const EVENTS = [STARTED, LOADED, YESTERDAY, TODAY];
const cpu = (cpuSeconds: number): Spent => ({...NOTHING, cpuSeconds});

beforeEach(() => {
  vi.useFakeTimers({now: new Date(NOW), toFake: ['Date']});
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the limit that is reached', () => {
  async function exceeded(
    budget: ProjectConfig['budget'],
    others: Partial<SoFar> = {},
    events = EVENTS,
  ): Promise<object | null> {
    const book = new FakeBook();
    book.others = {...book.others, ...others};
    const ledger = ledgerOf(book, budget);
    await ledger.heard(events);
    return ledger.exceeded();
  }

  test.each([
    ['of a day: only what was spent today (UTC) counts', {day: 18.5}, {key: 'budget.day', spent: 19}],
    ['of a day: what was spent yesterday does not', {day: 19.5}, null],
    ['of a run: all its days', {run: 68.5}, {key: 'budget.run', spent: 69}],
    ['of a run: not before it is reached', {run: 69.5}, null],
    ['none without a budget', {}, null],
  ])('%s', async (_, budget, expected) => {
    const found = await exceeded(budget);
    if (expected === null) expect(found).toBeNull();
    else
      expect(found).toMatchObject({
        ...expected,
        spent: expect.closeTo(expected.spent, 9) as number,
        unit: 'EUR',
      });
  });

  test('counts what others spent on the run, and on the day', async () => {
    expect(await exceeded({run: 99.5}, {run: cpu(31)})).toMatchObject({key: 'budget.run'});
    expect(await exceeded({run: 99.5}, {run: cpu(30)})).toBeNull();
    expect(await exceeded({day: 99.5}, {day: cpu(81)})).toMatchObject({key: 'budget.day'});
    expect(await exceeded({day: 99.5}, {day: cpu(80)})).toBeNull();
  });

  test('counts GPU hours, and what stopping takes', async () => {
    const onGpu = [STARTED, {...LOADED, device: 'cuda:0'}, {...YESTERDAY, step_seconds: 4}];
    // 50 s until now; two steps more and 2 s to save.
    expect(await exceeded({gpu_hours: 59.999 / 3600}, {}, onGpu)).toMatchObject({key: 'budget.gpu_hours'});
    expect(await exceeded({gpu_hours: 60.001 / 3600}, {}, onGpu)).toBeNull();
  });
});

test('without a budget nobody is asked what others spent', async () => {
  const book = new FakeBook();
  const ledger = ledgerOf(book);
  await ledger.heard(EVENTS);
  expect(await ledger.exceeded()).toBeNull();
  expect(book.asked).toEqual([]);
});

test('what others spent is asked of the run and the stage’s workflow, without its own, every five seconds', async () => {
  const book = new FakeBook();
  const ledger = ledgerOf(book, {run: 1});
  await ledger.heard(EVENTS);
  const asked = async (ms: number): Promise<number> => {
    vi.setSystemTime(Date.parse(NOW) + ms);
    await ledger.exceeded();
    return book.asked.length;
  };
  expect([await asked(0), await asked(4_999), await asked(5_000)]).toEqual([1, 1, 2]);
  expect(book.asked[0]).toEqual({run: 'lifecycle/post/1', workflows: ['train/post/1']});
  const [{source}] = book.written as [SpendDocument];
  expect([source, `${source}-other`].map((one) => book.but?.(one))).toEqual([true, false]);
  // Another process of its own is left out at once.
  await ledger.heard([{...STARTED, t: NOW, pid: 8}]);
  expect(await asked(5_001)).toBe(3);
});

test('is written at once, then at most every five seconds or when asked to, and only where there is news', async () => {
  const book = new FakeBook();
  const ledger = ledgerOf(book);
  const written = async (ms: number, events: readonly TrainerEvent[], now?: boolean): Promise<number> => {
    vi.setSystemTime(Date.parse(NOW) + ms);
    await ledger.heard(events, now);
    return book.written.length;
  };
  expect(await written(0, [])).toBe(0);
  expect(await written(0, [STARTED, LOADED])).toBe(1);
  expect(await written(4_999, [YESTERDAY])).toBe(1);
  expect(await written(5_000, [])).toBe(2);
  expect(await written(5_001, [], true)).toBe(2);
  // Two days, a document each.
  expect(await written(5_002, [TODAY], true)).toBe(4);
  expect(book.written.slice(2)).toMatchObject([
    {day: '2026-11-26', rows: [{spent: {cpuSeconds: 50, units: 4}}]},
    {day: '2026-11-27', rows: [{spent: {cpuSeconds: 19, units: 4}}]},
  ]);
});

test.each([
  ['train/post/1', 'train'],
  ['sweep/post/1', 'sweep'],
  ['trial/sweep/1', 'train'],
])('is charged to %s as %s', async (workflow, stage) => {
  const book = new FakeBook();
  await ledgerOf(book, {}, workflow).heard([STARTED, LOADED]);
  expect(book.written).toEqual([
    {
      v: 1,
      project: 'post',
      source: 'trainer-job-20261126T235900000Z-7',
      day: '2026-11-26',
      from: STARTED.t,
      to: LOADED.t,
      training: {
        base: 'b'.repeat(64),
        device: 'cpu',
        cpu: 'a processor',
        load: {cpuSeconds: 20, gpuSeconds: 0},
      },
      rows: [{stage, what: 'trainer', workflow, run: 'lifecycle/post/1', spent: cpu(20)}],
    },
  ]);
});

test.each([['lifecycle/post/0'], [null]])(
  'stays on the account of the run that the process was started for: %s',
  async (run) => {
    const book = new FakeBook();
    await ledgerOf(book).heard([STARTED, LOADED]);
    const [first] = book.written as [SpendDocument];
    book.kept = {...first, rows: [{...first.rows[0]!, run}]};
    const another = ledgerOf(book);
    await another.heard([STARTED, LOADED]);
    expect(book.written.at(-1)!.rows[0]!.run).toBe(run);
  },
);
