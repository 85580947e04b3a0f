import {ServiceError, type Client} from '@temporalio/client';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {endAbandonedRuns} from '../../../activities/lifecycle/end-abandoned-runs.ts';
import type {RunRecord} from '../../../schemas/run.ts';
import {storesOver} from '../../../stores/stores.ts';
import {MemoryStore} from '../../stores/memory-store.ts';
import {projectOf, type TestProject} from '../../workflows/project-of.ts';
import {temporalOf} from '../rollout/rollout-world.ts';

const {warned} = vi.hoisted(() => ({warned: [] as string[]}));
vi.mock('@temporalio/activity', async (original) => ({
  ...(await original<object>()),
  log: {warn: (line: string) => warned.push(line)},
}));

let project: TestProject;
beforeEach(async () => {
  warned.length = 0;
  project = await projectOf('post');
});
afterEach(() => project.remove());

const [DONE, GOES_ON, TERMINATED, FORGOTTEN, OWN] = [1, 2, 3, 4, 5].map(
  (n) => `lifecycle/post/2026010${n}T000000Z-abcdef`,
) as [string, string, string, string, string];
function record(id: string, change: Partial<RunRecord> = {}): RunRecord {
  const startedAt = '2026-01-01T00:00:00.000Z';
  return {
    v: 1,
    id,
    project: 'post',
    status: 'running',
    startedBy: 'anna',
    reason: 'hand',
    startedAt,
    endedAt: null,
    links: {},
    stages: {
      curate: {status: 'done', startedAt, endedAt: startedAt},
      train: {status: 'running', startedAt, endedAt: null},
    },
    ...change,
  };
}

test('a run whose workflow ended without a word is not shown as running for ever', async () => {
  const {registry} = project.context.stores;
  for (const one of [
    record(DONE, {status: 'done', endedAt: '2026-01-02T00:00:00.000Z'}),
    ...[GOES_ON, TERMINATED, FORGOTTEN, OWN].map((id) => record(id)),
  ])
    await registry.startRun(one);
  const client = temporalOf(
    new Map([
      [GOES_ON, {status: 'RUNNING', runId: 'r'}],
      [TERMINATED, {status: 'TERMINATED', runId: 'r'}],
      [DONE, {status: 'COMPLETED', runId: 'r'}],
    ]),
  );
  await endAbandonedRuns({project: 'post', but: OWN}, {...project.context, client});
  const after = await Array.fromAsync(registry.runs('post'));
  expect(Object.fromEntries(after.map(({id, status, note}) => [id, [status, note]]))).toEqual({
    [DONE]: ['done', undefined],
    [GOES_ON]: ['running', undefined],
    [TERMINATED]: ['cancelled', expect.stringContaining('it was terminated')],
    [FORGOTTEN]: ['cancelled', expect.stringContaining('knows it no more')],
    [OWN]: ['running', undefined],
  });
  const {stages, endedAt} = (await registry.run('post', TERMINATED))!;
  expect(stages.curate!.status).toBe('done');
  expect(stages.train).toMatchObject({status: 'cancelled', endedAt});
});

test('what cannot be read or asked about is logged, and holds no run up', async () => {
  const {registry, objects} = project.context.stores;
  await objects.put('runs/post/20260101T000000Z-broken.json', 'not JSON');
  await objects.put('runs/post/20260106T000000Z-newer.json', '{"v":2}');
  const away = 'lifecycle/post/20260107T000000Z-abcdef';
  const refused = `lifecycle/post/20260108T000000Z-${'x'.repeat(150)}`;
  for (const id of [TERMINATED, away, refused]) await registry.startRun(record(id));
  const describe = (id: string) => (): Promise<unknown> => {
    // As the server says of an ID that it does not take.
    if (id === refused)
      return Promise.reject(new ServiceError('x', {cause: Object.assign(new Error(), {code: 3})}));
    if (id === away) return Promise.reject(new ServiceError('Temporal is away'));
    return Promise.resolve({status: {name: 'TERMINATED'}, runId: 'r'});
  };
  const workflow = {getHandle: (id: string) => ({describe: describe(id)})};
  const client = () => Promise.resolve({workflow} as unknown as Client);
  await endAbandonedRuns({project: 'post', but: OWN}, {...project.context, client});
  const statusOf = async (id: string) => (await registry.run('post', id))?.status;
  expect(await Promise.all([TERMINATED, refused, away].map(statusOf))).toEqual([
    'cancelled',
    'cancelled',
    'running',
  ]);
  expect(warned).toEqual([
    `the record of ${away} is left as it is: Temporal is away`,
    expect.stringMatching(/20260106T000000Z-newer.* was written by a newer Ratchet/),
    expect.stringMatching(/20260101T000000Z-broken.* is not JSON/),
  ]);
});

test('of a project with many runs the newest 300 are read, several at a time', async () => {
  const idOf = (n: number) => `lifecycle/post/${20260000 + n}T000000Z-abcdef`;
  let [reads, now, most] = [0, 0, 0];
  const gate = (what: 'get' | 'put', _: string, when: 'before' | 'after') => {
    if (what === 'put') return undefined;
    if (when === 'after') return void (now -= 1);
    reads += 1;
    most = Math.max(most, (now += 1));
    return Promise.resolve();
  };
  const store = new MemoryStore();
  const {registry} = storesOver(store);
  for (let n = 1; n <= 302; n += 1)
    await registry.startRun(record(idOf(n), n === 2 || n === 3 ? {} : {status: 'done'}));
  const stores = storesOver(store.through(gate));
  await endAbandonedRuns({project: 'post', but: OWN}, {stores, client: temporalOf(new Map())});
  // The oldest of those that are looked at, which is changed, is read once more.
  expect(reads).toBe(301);
  expect(most).toBeGreaterThan(1);
  expect((await registry.run('post', idOf(3)))!.status).toBe('cancelled');
  expect((await registry.run('post', idOf(2)))!.status).toBe('running');
});
