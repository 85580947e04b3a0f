import {afterEach, describe, expect, it} from 'vitest';
import {
  currentAnswers,
  inputOf,
  referenceAnswers,
  referenceWindow,
} from '../../../activities/monitor/answers.ts';
import {observe} from '../../../activities/monitor/observe.ts';
import type {Cycle} from '../../../core/drift/cycle.ts';
import type {ReferenceWindow} from '../../../schemas/drift.ts';
import type {Feedback} from '../../../schemas/trace.ts';
import {says, shadowOf, trace} from '../../core/rollout/traffic.ts';
import {World} from './world.ts';

let world: World;
afterEach(() => world.project.remove());

const about = (release: string, window: number, cycle: Cycle) => ({
  stores: world.project.context.stores,
  project: world.name,
  release,
  window,
  cycle,
  now: world.now + 1,
});
const reference = async (release: string, window: number) =>
  (await referenceWindow(about(release, window, 'none'))).reference;
/** Of a reference without a cycle all answers are compared, whenever the current ones were given. */
const answersOf = (found: ReferenceWindow) =>
  referenceAnswers(world.project.context.stores, world.name, found, {traces: [], window: 1});
const times = async (n: number, act: (i: number) => unknown): Promise<void> => {
  for (let i = 0; i < n; i++) await act(i);
};

describe('the reference window', () => {
  it('is what the release answered in its rollout, as shadow and canary, each input once', async () => {
    world = await World.begin();
    await world.move({shadow: 100});
    await times(15, (i) => {
      const seen = world.answer({row: `r${i}`});
      world.answer({release: world.new, role: 'shadow', shadowOf: seen.id, row: seen.row});
    });
    // The same rows again, as canary: no new inputs.
    await times(15, (i) => world.answer({release: world.new, role: 'canary', row: `r${i}`}));
    await times(10, (i) => world.answer({release: world.new, role: 'canary', row: `s${i}`}));
    await world.store();
    const found = await reference(world.new, 40);
    expect(found).toMatchObject({release: world.new, n: 25});
    const {traces, seen} = await answersOf(found!);
    expect(traces).toHaveLength(40);
    expect(new Set(traces.map(inputOf)).size).toBe(25);
    expect(seen.size).toBeGreaterThanOrEqual(15);
  });

  it('has at most a window of inputs, and the next begins behind it', async () => {
    world = await World.begin();
    await times(100, () => world.answer());
    await world.store();
    const found = (await reference(world.old, 40))!;
    expect(found.n).toBe(40);
    const current = await currentAnswers({
      stores: world.project.context.stores,
      project: world.name,
      release: world.old,
      window: 40,
      notBefore: Date.parse(found.end),
      now: world.now + 1,
    });
    expect(current.traces).toHaveLength(40);
    expect(Date.parse(current.traces[0]!.at)).toBeGreaterThan(Date.parse(found.to));
    expect(current.traces.at(-1)!.at).toBe(new Date(world.now).toISOString());
  });

  it('fills after the promotion where the rollout answered too little, and is none before that', async () => {
    world = await World.begin();
    await times(39, () => world.answer());
    await world.store();
    expect(await reference(world.old, 40)).toBeNull();
    world.answer();
    await world.store();
    expect(await reference(world.old, 40)).toMatchObject({n: 40});
    expect(await reference(world.new, 40)).toBeNull();
  });

  it('leaves out errors and direct questions', async () => {
    world = await World.begin();
    await times(40, () => world.answer({status: 500, error: 'away'}));
    await times(40, () => world.answer({role: 'direct'}));
    await times(40, () => world.answer());
    await world.store();
    const found = (await reference(world.old, 40))!;
    expect((await answersOf(found)).traces).toHaveLength(40);
  });
});

describe('the reference window of a daily cycle', () => {
  const HOUR = 3_600_000;
  const hoursOf = ({traces}: {traces: readonly {at: string}[]}) =>
    traces.map(({at}) => Math.floor((Date.parse(at) - world.began) / HOUR));

  it('spans the whole days since the first answer that hold a window, and is none before they are over', async () => {
    world = await World.begin();
    await times(18, (i) => world.answer({at: world.at(2 * i)}));
    await world.store();
    const at = async (hour: number, window = 12) =>
      referenceWindow({...about(world.old, window, 'day'), now: Date.parse(world.at(hour))});
    const end = (hour: number) => new Date(Date.parse(world.at(hour))).toISOString();
    expect(await at(23)).toEqual({
      reference: null,
      note: `the reference window is not full yet: it spans whole days, until ${end(24)}`,
    });
    expect(await at(25)).toEqual({
      note: '',
      reference: {
        release: world.old,
        n: 12,
        cycle: 'day',
        from: world.at(0),
        to: new Date(Date.parse(end(24)) - 1).toISOString(),
        end: end(24),
      },
    });
    // Slow traffic: a window of 13 takes a second day, and a window of 19 is not there at all.
    expect((await at(30, 13)).note).toContain(`until ${end(48)}`);
    expect((await at(49, 13)).reference).toMatchObject({n: 13, end: end(48)});
    expect((await at(49, 19)).note).toContain('the first 19 inputs');
  });

  it('is compared at the same hours of each of its days', async () => {
    world = await World.begin();
    await times(72, (i) => world.answer({at: world.at(i)}));
    await world.store();
    const {reference} = await referenceWindow({...about(world.old, 40, 'day'), now: world.now + 1});
    expect(reference!.end).toBe(world.at(48));
    const {traces} = await currentAnswers({
      stores: world.project.context.stores,
      project: world.name,
      release: world.old,
      window: 4,
      notBefore: Date.parse(world.at(48)),
      now: Date.parse(world.at(54)) + 1,
    });
    expect(hoursOf({traces})).toEqual([51, 52, 53, 54]);
    const seen = await referenceAnswers(world.project.context.stores, world.name, reference!, {
      traces,
      window: 4,
    });
    expect(hoursOf(seen)).toEqual([3, 4, 5, 6, 27, 28, 29, 30]);
  });

  it('is taken evenly over those hours where it holds more than two windows', async () => {
    world = await World.begin();
    await times(480, (i) => world.answer({at: world.at(i / 20), ...(i % 4 === 0 ? {row: `r${i % 8}`} : {})}));
    const later = await times(30, (i) => world.answer({at: world.at(24 + i)})).then(() => world.store());
    expect(later).toBeUndefined();
    const {reference} = await referenceWindow({...about(world.old, 25, 'day'), now: world.now + 1});
    const traces = [trace({at: world.at(24)}), trace({at: world.at(53)})];
    const seen = await referenceAnswers(world.project.context.stores, world.name, reference!, {
      traces,
      window: 25,
    });
    const inputs = new Set(seen.traces.map(inputOf)).size;
    expect(inputs).toBeGreaterThan(25);
    expect(inputs).toBeLessThanOrEqual(50);
    const hours = hoursOf(seen);
    for (const from of [0, 6, 12, 18])
      expect(hours.filter((hour) => hour >= from && hour < from + 6).length).toBeGreaterThanOrEqual(5);
  });
});

describe('the current window', () => {
  it('reaches back as far as it must, over hours without traffic', async () => {
    world = await World.begin();
    await times(30, () => world.answer());
    await world.store();
    const later = world.now + 50 * 3_600_000;
    const current = await currentAnswers({
      stores: world.project.context.stores,
      project: world.name,
      release: world.old,
      window: 20,
      notBefore: 0,
      now: later,
    });
    expect(current.traces).toHaveLength(20);
  });
});

describe('observe', () => {
  const eyes = {embedder: null, trained: null, labelTasks: new Set(['triage'])};
  const judge = async (
    seenLabel: string,
    shadowLabel: string,
    feedback: (id: string) => Partial<Feedback> | null,
  ) => {
    world ??= await World.begin();
    const shown = trace({output: seenLabel});
    const copy = shadowOf(shown, {output: shadowLabel});
    const what = feedback(shown.id);
    const said = what === null ? [] : [says(shown, what)];
    const answers = {traces: [shown, copy], seen: new Map([[shown.id, seenLabel]])};
    return (await observe(answers, said, eyes)).map(({right, ifSilent}) => [right, ifSilent]);
  };

  it('judges an unseen answer by what users said of the one they saw', async () => {
    expect(await judge('ham', 'spam', () => ({correction: 'spam'}))).toEqual([
      [false, true],
      [true, false],
    ]);
    expect(await judge('ham', 'spam', () => ({rating: 1}))).toEqual([
      [true, true],
      [false, false],
    ]);
    expect(await judge('ham', 'ham', () => null)).toEqual([
      [null, true],
      [null, true],
    ]);
    expect(await judge('ham', 'spam', () => null)).toEqual([
      [null, true],
      [null, false],
    ]);
  });

  it('sees an input once, and labels only where the task answers labels', async () => {
    world = await World.begin();
    const fields = {subject: 'Lunch', body: 'at noon?'};
    const answers = [
      trace({row: 'a', fields, output: ' spam\n'}),
      trace({row: 'a', fields, task: 'subject', output: 'Lunch'}),
    ];
    const [first, second] = answers.map(({unit}) => ({...base, unit}));
    expect(await observe({traces: answers, seen: new Map()}, [], eyes)).toEqual([
      {...first, fresh: true, task: 'triage', label: 'spam'},
      {...second, fresh: false, task: 'subject', label: null},
    ]);
    const again = await observe({traces: [...answers, ...answers], seen: new Map()}, [], eyes);
    expect(again.map(({firstAnswer}) => firstAnswer)).toEqual([true, true, false, false]);
  });

  it('pauses between two answers', async () => {
    let pauses = 0;
    const answers = {traces: [trace(), trace(), trace()], seen: new Map<string, string>()};
    await observe(answers, [], eyes, () => {
      pauses++;
    });
    expect(pauses).toBe(3);
  });

  it('detects the languages of what it looks at; an older trace brings its own', async () => {
    world = await World.begin();
    const body = 'Können wir uns morgen Mittag im Büro treffen, um den Vertrag noch einmal durchzusprechen?';
    const answers = [
      trace({fields: {body}}),
      trace({fields: {body: 'noon?'}}),
      trace({fields: {body: `${body} Bitte!`}, language: 'fr'}),
    ];
    const seen = await observe({traces: answers, seen: new Map()}, [], eyes);
    expect(seen.map(({language}) => language)).toEqual(['de', 'und', 'fr']);
  });
  const base = {
    chars: 14,
    language: 'und',
    vector: null,
    novelty: null,
    right: null,
    ifSilent: true,
    firstAnswer: true,
  };
});
