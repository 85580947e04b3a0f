import {expect, test} from 'vitest';
import type {RunRecord} from '../../../schemas/run.ts';
import type {ObjectHead} from '../../../stores/objects/object-store.ts';
import {findGarbage, sweep} from '../../../stores/registry/garbage.ts';
import {storesOver, type Stores} from '../../../stores/stores.ts';
import {MemoryStore} from '../memory-store.ts';

/** Everything in a store of the test is as old as this, unless it says otherwise. */
const OLD = new Date(0);
const CUTOFF = new Date(Date.UTC(2026, 10, 26));
const NOTHING = {objects: 0, bytes: 0};

/** A store that says how old its objects are, and from which some vanish while it is looked through. */
class AgedStore extends MemoryStore {
  readonly modified = new Map<string, Date>();
  readonly vanishing = new Set<string>();

  override async head(key: string): Promise<ObjectHead | null> {
    if (this.vanishing.has(key)) return null;
    const found = await super.head(key);
    return found && {...found, modified: this.modified.get(key) ?? OLD};
  }
}

const hex = (letter: string): string => letter.repeat(64);
function runOf(change: Partial<RunRecord>): RunRecord {
  return {
    v: 1,
    id: 'lifecycle/post/20261101T000000Z-aaaaaa',
    project: 'post',
    status: 'done',
    startedBy: 'otto',
    reason: 'hand',
    startedAt: '2026-11-01T00:00:00.000Z',
    endedAt: '2026-11-01T01:00:00.000Z',
    stages: {},
    links: {},
    ...change,
  };
}

function opened(): {readonly objects: AgedStore; readonly stores: Stores} {
  const objects = new AgedStore();
  return {objects, stores: storesOver(objects)};
}
const goingOf = async (objects: AgedStore, before = CUTOFF): Promise<string[]> =>
  (await findGarbage(objects, before)).going.map(({key}) => key);

test('what a run that has ended names goes; its record stays', async () => {
  const {objects, stores} = opened();
  const report = await stores.artifacts.putBytes('its report', 'text/plain');
  await stores.registry.startRun(runOf({status: 'cancelled', report}));
  const {going, kept} = await findGarbage(objects, CUTOFF);
  expect(going).toEqual([{key: report.uri, bytes: 10, why: 'nothing that is kept names it'}]);
  expect(kept).toMatchObject({'named by what is kept': NOTHING, 'no artifact': {objects: 1}});
});

test('what a run that goes on names stays, however old it is', async () => {
  const {objects, stores} = opened();
  const report = await stores.artifacts.putBytes('its report', 'text/plain');
  await stores.artifacts.putBytes('of another run', 'text/plain');
  await stores.registry.startRun(runOf({status: 'running', endedAt: null, report}));
  const {going, kept, before} = await findGarbage(objects, CUTOFF);
  expect(going.map(({bytes}) => bytes)).toEqual(['of another run'.length]);
  expect(kept['named by what is kept']).toEqual({objects: 1, bytes: 10});
  expect(before < runOf({}).startedAt).toBe(true);
});

test('an artifact that vanishes meanwhile is neither kept nor deleted', async () => {
  const {objects, stores} = opened();
  const gone = await stores.artifacts.putBytes('gone', 'text/plain');
  const lost = await stores.artifacts.putBytes('lost', 'text/plain');
  objects.vanishing.add(gone.uri);
  const plan = await findGarbage(objects, CUTOFF);
  expect(plan.going.map(({key}) => key)).toEqual([lost.uri]);
  expect(Object.values(plan.kept)).toEqual([NOTHING, NOTHING, NOTHING]);
});

test('a document that vanishes meanwhile names nothing', async () => {
  const {objects, stores} = opened();
  const lost = await stores.artifacts.putBytes('lost', 'text/plain');
  await objects.put('outcomes/post/x.json', lost.sha256);
  objects.vanishing.add('outcomes/post/x.json');
  expect(await goingOf(objects)).toEqual([lost.uri]);
});

test.each([
  ['goes', -1, true],
  ['stays from then on', 0, false],
])('what is older than the time %s: %i ms', async (_, later, goes) => {
  const {objects, stores} = opened();
  const {uri} = await stores.artifacts.putBytes('lost', 'text/plain');
  await objects.put(`checkpoints/post/${hex('a')}.json`, '{}');
  for (const key of objects.objects.keys()) objects.modified.set(key, new Date(CUTOFF.getTime() + later));
  expect((await goingOf(objects)).sort()).toEqual(
    goes ? [uri, `checkpoints/post/${hex('a')}.json`].sort() : [],
  );
  const {kept} = await findGarbage(objects, CUTOFF);
  expect(kept['younger than the grace']).toEqual(goes ? NOTHING : {objects: 1, bytes: 4});
});

test('a young artifact keeps what it names, and that what it names', async () => {
  const {objects, stores} = opened();
  const shard = await stores.artifacts.putBytes('a shard', 'text/plain');
  const index = await stores.artifacts.putJson({shards: [shard.sha256]});
  const young = await stores.artifacts.putJson({index: index.sha256});
  objects.modified.set(young.uri, CUTOFF);
  const {going, kept} = await findGarbage(objects, CUTOFF);
  expect(going).toEqual([]);
  expect(kept['younger than the grace'].objects).toBe(1);
  expect(kept['named by what is kept'].objects).toBe(2);
});

test('what traces and their like hold by chance keeps nothing', async () => {
  const {objects, stores} = opened();
  const lost = await stores.artifacts.putBytes('lost', 'text/plain');
  for (const folder of ['traces', 'feedback', 'raw', 'vectors', 'vectors-built', 'leases', 'probe'])
    await objects.put(`${folder}/post/x`, lost.sha256);
  expect(await goingOf(objects)).toEqual([lost.uri]);
  await objects.put('outcomes/post/x.json', `{"report":"${lost.sha256}"}`);
  expect(await goingOf(objects)).toEqual([]);
});

test('a digest that is cut in two by how a document is read keeps all the same', async () => {
  const {objects, stores} = opened();
  const {sha256} = await stores.artifacts.putBytes('lost', 'text/plain');
  // Streams come in pieces of 64 KiB: the first character of the digest ends one, the other 63 begin the next.
  for (const before of [65_535, 65_536 - 63]) {
    await objects.put('outcomes/post/x.json', `${'.'.repeat(before)}${sha256}.`);
    expect(await goingOf(objects)).toEqual([]);
  }
});

test('each kind of document that goes says why', async () => {
  const {objects} = opened();
  const whys = {
    [`datasets/post/${hex('b')}.json`]: 'of no release that is kept',
    [`checkpoints/post/${hex('c')}.json`]: 'of a training that has ended',
    [`cache/post/${hex('d')}.json`]: 'about no release or dataset that is kept',
  };
  for (const key of Object.keys(whys)) await objects.put(key, `{"about":"${hex('a')}"}`);
  const {going} = await findGarbage(objects, CUTOFF);
  expect(Object.fromEntries(going.map(({key, why}) => [key, why]))).toEqual(whys);
});

test('documents are deleted before the artifacts that they name', async () => {
  const {objects} = opened();
  const deleted: string[] = [];
  objects.delete = async (key) => {
    deleted.push(key);
  };
  const going = ['artifacts/sha256/a', 'cache/b', 'artifacts/sha256/c', 'runs/d'].map((key, i) => ({
    key,
    bytes: 10 ** i,
    why: '',
  }));
  const plan = {...(await findGarbage(objects, CUTOFF)), going};
  expect(await sweep(objects, plan)).toBe(1111);
  expect(deleted).toEqual(['cache/b', 'runs/d', 'artifacts/sha256/a', 'artifacts/sha256/c']);
});
