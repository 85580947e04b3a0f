import {Writable} from 'node:stream';
import {stripVTControlCharacters} from 'node:util';
import {describe, expect, test} from 'vitest';
import {follow, type Said} from '../../cli/follow.ts';
import {frame, line} from '../../cli/frame.ts';
import {Rate} from '../../cli/rate.ts';
import {combine} from '../../client/run-now.ts';
import type {LifecycleProgress, StageProgress} from '../../schemas/messages.ts';

const T0 = Date.parse('2002-12-03T12:00:00Z');
const at = (seconds: number) => new Date(T0 + seconds * 1000).toISOString();

function steps(done: number, note = ''): StageProgress {
  return {
    stage: 'train',
    status: 'running',
    startedAt: at(0),
    progress: {stage: 'train', done, total: 88, unit: 'steps', note},
  };
}
const curated: StageProgress = {
  stage: 'curate',
  status: 'done',
  startedAt: at(-12),
  endedAt: at(0),
  note: '3 of 4 rows kept',
};
const waits: StageProgress = {stage: 'gauntlet', status: 'waiting'};

/** What a source gives, with the clock that goes on meanwhile. */
function played(views: readonly (readonly [second: number, view: LifecycleProgress])[]) {
  let now = T0;
  async function* source() {
    for (const [second, view] of views) {
      now = T0 + second * 1000;
      yield view;
    }
  }
  return {source: source(), now: () => now};
}

function paper() {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      written.push(chunk.toString());
      done();
    },
  });
  return {stream, text: () => written.join('')};
}

describe('follow without a terminal', () => {
  test('appends a change of status at once, progress now and then, and nothing twice', async () => {
    const running = (...stages: StageProgress[]): LifecycleProgress => ({status: 'running', stages});
    const {source, now} = played([
      [0, running({stage: 'curate', status: 'running', startedAt: at(0)}, waits)],
      [1, running({stage: 'curate', status: 'running', startedAt: at(0)}, waits)],
      [2, running(curated, steps(0), waits)],
      [4, running(curated, steps(1), waits)],
      [6, running(curated, steps(2), waits)],
      [8, running(curated, steps(3, 'loss 0.410'), waits)],
      [
        10,
        {
          status: 'done',
          stages: [curated, {...steps(88), status: 'done', endedAt: at(60), note: '88 steps'}, waits],
        },
      ],
    ]);
    const {stream, text} = paper();
    const last = await follow(source, {stream, live: false, now});
    expect(last?.status).toBe('done');
    expect(text()).toBe(
      [
        'curate: running, for 0.0 s',
        'curate: done, 12 s, 3 of 4 rows kept',
        'train: 0 of 88 steps, for 2.0 s',
        'train: 3 of 88 steps, 0.5 steps/s, 2 min 50 s left, loss 0.410',
        'train: done, 1 min 00 s, 88 steps',
        '',
      ].join('\n'),
    );
  });

  test('says only now and then that it still waits', async () => {
    const approval: StageProgress = {
      stage: 'approval',
      status: 'running',
      startedAt: at(0),
      note: 'npx ratchet approve 3f9a1c20 --project mail',
    };
    const view: LifecycleProgress = {status: 'running', stages: [approval]};
    const {source, now} = played(Array.from({length: 65}, (_, i) => [i * 2, view] as const));
    const {stream, text} = paper();
    await follow(source, {stream, live: false, now});
    expect(text().trimEnd().split('\n')).toEqual(
      ['0.0 s', '1 min 00 s', '2 min 00 s'].map(
        (time) => `approval: running, for ${time}, npx ratchet approve 3f9a1c20 --project mail`,
      ),
    );
  });

  test('followed again with the same memory, says nothing twice', async () => {
    const said = new Map<string, Said>();
    const view: LifecycleProgress = {status: 'running', stages: [curated, steps(0)]};
    const {stream, text} = paper();
    await follow(played([[0, view]]).source, {stream, live: false, said, now: () => T0});
    const before = text();
    await follow(played([[1, view]]).source, {stream, live: false, said, now: () => T0 + 1000});
    expect(before).toContain('curate: done');
    expect(text()).toBe(before);
  });

  test('ends at once when it is left', async () => {
    const leave = new AbortController();
    async function* forever(): AsyncGenerator<LifecycleProgress> {
      yield {status: 'running', stages: [steps(1)]};
      leave.abort();
      await new Promise(() => {});
    }
    const {stream} = paper();
    expect(await follow(forever(), {stream, live: false}, leave.signal)).toMatchObject({status: 'running'});
  });

  test('a source that breaks breaks it', async () => {
    async function* broken(): AsyncGenerator<LifecycleProgress> {
      yield {status: 'running', stages: [steps(1)]};
      throw new Error('away');
    }
    await expect(follow(broken(), {stream: paper().stream, live: false})).rejects.toThrow('away');
  });
});

test('on a terminal the lines are redrawn in place', async () => {
  const {source, now} = played([
    [0, {status: 'running', stages: [steps(0)]}],
    [2, {status: 'running', stages: [steps(44)]}],
  ]);
  const {stream, text} = paper();
  await follow(source, {stream: Object.assign(stream, {columns: 100}), live: true, now});
  expect(text()).toContain('░░░░░░░░░░░░░░░░░░░░░░░░');
  expect(text()).toContain('████████████░░░░░░░░░░░░  44 of 88 steps  22.0 steps/s  2.0 s left');
  // The first frame was taken away again before the second was written.
  expect(text()).toMatch(/\u001B\[\d*[AGKJ]/);
});

describe('a frame', () => {
  test('has a line a stage, cut to the width', () => {
    const view: LifecycleProgress = {
      status: 'running',
      stages: [
        curated,
        {...steps(22, 'loss 0.41'), note: 'hidden by the progress'},
        waits,
        {stage: 'approval', status: 'cached', note: 'as decided before'},
        {stage: 'rollout', status: 'skipped', note: 'the verdict is fail'},
      ],
    };
    const plain = stripVTControlCharacters(frame(view, new Map(), T0 + 30_000, 60)).split('\n');
    expect(plain).toEqual([
      '● curate    done  12 s  3 of 4 rows kept',
      '▶ train     ██████░░░░░░░░░░░░░░░░░░  22 of 88 steps  for 3…',
      '○ gauntlet  waiting',
      '● approval  cached  as decided before',
      '– rollout   skipped  the verdict is fail',
    ]);
    expect(plain.every((text) => text.length <= 60)).toBe(true);
  });

  test('of an approval that waits, the command is whole, in lines of its own', () => {
    const stage: StageProgress = {
      stage: 'approval',
      status: 'running',
      startedAt: at(0),
      progress: {
        stage: 'approval',
        done: 0,
        total: 1,
        unit: 'approvals',
        note: 'waits until 2026-12-26 11:52 UTC',
      },
      note: 'npx ratchet approve 3f9a1c204d5e --project support',
    };
    const view: LifecycleProgress = {status: 'running', stages: [stage]};
    const shown = (width: number) =>
      stripVTControlCharacters(frame(view, new Map(), T0 + 5000, width)).split('\n');
    expect(shown(80)).toEqual([
      '▶ approval  0 of 1 approvals  for 5.0 s  waits until 2026-12-26 11:52 UTC',
      '    npx ratchet approve 3f9a1c204d5e --project support',
    ]);
    // As a shell reads it: the second line belongs to the first.
    expect(shown(44)).toEqual([
      '▶ approval  0 of 1 approvals  for 5.0 s  wa…',
      '    npx ratchet approve 3f9a1c204d5e \\',
      '      --project support',
    ]);
  });

  test('what nobody measures says how long it runs', () => {
    const stage: StageProgress = {
      stage: 'approval',
      status: 'running',
      startedAt: at(0),
      note: 'npx ratchet approve 3f9a1c20 --project mail',
    };
    expect(line(stage, undefined, T0 + 3_725_000)).toBe(
      'approval: running, for 1 h 02 min, npx ratchet approve 3f9a1c20 --project mail',
    );
  });
});

describe('the rate', () => {
  test('is that of the last minute', () => {
    const rate = new Rate(60_000);
    for (let second = 0; second <= 100; second += 10) rate.add(second * 1000, second);
    for (let second = 110; second <= 200; second += 10) rate.add(second * 1000, 100 + (second - 100) * 3);
    expect(rate.perSecond(200_000)).toBeCloseTo(3, 6);
  });
  test('is unknown before anything was done, and slows down where nothing goes on', () => {
    const rate = new Rate();
    rate.add(0, 0);
    expect(rate.perSecond(5_000)).toBeUndefined();
    rate.add(10_000, 10);
    expect(rate.perSecond(11_000)).toBe(1);
    rate.add(90_000, 10);
    expect(rate.perSecond(100_000)).toBe(0.1);
  });
  test('forgets what was before a new beginning', () => {
    const rate = new Rate();
    rate.add(0, 50);
    rate.add(10_000, 80);
    rate.add(20_000, 10);
    rate.add(30_000, 20);
    expect(rate.perSecond(30_000)).toBe(1);
  });
});

describe("a stage's progress", () => {
  const counted = {stage: 'gauntlet', done: 20, total: 100, unit: 'answers', note: ''};
  test('is what its workflow counted and, in the same unit, what is in work', () => {
    const beating = [
      {done: 3, total: 10, unit: 'answers', note: 'candidate'},
      {done: 4, total: 10, unit: 'answers'},
      {done: 99, total: 100, unit: 'bytes'},
    ];
    expect(combine('gauntlet', counted, beating)).toEqual({...counted, done: 27, note: 'candidate'});
  });
  test('tells of work in another unit in words', () => {
    const beating = [{done: 120, total: 300, unit: 'records'}];
    expect(combine('curate', {...counted, unit: 'shards'}, beating)).toMatchObject({
      done: 20,
      note: '120 of 300 records',
    });
  });
  test('is what its activities say where the workflow counts nothing, or has counted all', () => {
    const beating = [{done: 12, total: 88, unit: 'steps', note: 'loss 0.4'}];
    const want = {stage: 'train', done: 12, total: 88, unit: 'steps', note: 'loss 0.4'};
    expect(combine('train', undefined, beating)).toEqual(want);
    expect(combine('train', {...counted, done: 100}, beating)).toEqual(want);
  });
  test('is unknown where nobody says anything', () => {
    expect(combine('train', undefined, [])).toBeUndefined();
  });
});
