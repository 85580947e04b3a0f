import type {Readable} from 'node:stream';
import {expect, test} from 'vitest';
import {Deployment} from '../../../schemas/deployment.ts';
import type {RunRecord} from '../../../schemas/run.ts';
import {writeDocument} from '../../../stores/objects/documents.ts';
import type {ObjectHead, StoredObject} from '../../../stores/objects/object-store.ts';
import {findGarbage, sweep} from '../../../stores/registry/garbage.ts';
import {storesOver, type Stores} from '../../../stores/stores.ts';
import {releaseOf} from '../../workflows/releases.ts';
import {MemoryStore} from '../memory-store.ts';

/** Everything in a store of the test is as old as this, unless it says otherwise. */
const OLD = new Date(0);
const CUTOFF = new Date(Date.UTC(2026, 10, 26));
const NOTHING = {objects: 0, bytes: 0};

/** A store that says how old its objects are, and from which some vanish while it is looked through. */
class AgedStore extends MemoryStore {
  readonly modified = new Map<string, Date>();
  /** Listed, and gone when they are looked at. */
  readonly vanishing = new Set<string>();
  /** Gone when they are read through. */
  readonly streamless = new Set<string>();

  override async get(key: string): Promise<StoredObject | null> {
    return this.vanishing.has(key) ? null : super.get(key);
  }

  override async stream(key: string): Promise<Readable | null> {
    return this.streamless.has(key) ? null : super.stream(key);
  }

  override async head(key: string): Promise<ObjectHead | null> {
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

test.each([
  'outcomes/post/x.json',
  'runs/post/x.json',
  'pointers/post.json',
  'reports/post/x.json',
  `releases/post/${hex('a')}.json`,
])('a document that vanishes meanwhile names nothing: %s', async (key) => {
  const {objects, stores} = opened();
  const lost = await stores.artifacts.putBytes('lost', 'text/plain');
  await objects.put(key, lost.sha256);
  objects.vanishing.add(key);
  expect(await goingOf(objects)).toEqual([lost.uri]);
});

test('nor does one that vanishes before it is read through', async () => {
  const {objects, stores} = opened();
  const lost = await stores.artifacts.putBytes('lost', 'text/plain');
  await objects.put('outcomes/post/x.json', lost.sha256);
  objects.streamless.add('outcomes/post/x.json');
  expect(await goingOf(objects)).toEqual([lost.uri]);
});

test.each([
  ['by another clock shortly before the run began stays', 14 * 60_000, []],
  ['long before it goes', 3_600_000, ['lost']],
])('what was written %s', async (_, before, expected) => {
  const {objects, stores} = opened();
  const run = runOf({status: 'running', endedAt: null});
  await stores.registry.startRun(run);
  const {uri} = await stores.artifacts.putBytes('lost', 'text/plain');
  objects.modified.set(uri, new Date(Date.parse(run.startedAt) - before));
  expect(await goingOf(objects)).toEqual(expected.map(() => uri));
});

/** A pointer, its releases with a dataset each, and for each dataset a stage's result. */
async function released(canary: boolean, shadow: boolean) {
  const {objects, stores} = opened();
  const names = ['stable', 'canary', 'shadow', 'former', 'unused'] as const;
  const releases = new Map(names.map((name, i) => [name, releaseOf('post', name, hex(`${i}`))]));
  const digestOf = (name: (typeof names)[number]): string => releases.get(name)!.digest;
  const keysOf = (name: (typeof names)[number]): string[] => [
    `releases/post/${digestOf(name)}.json`,
    `datasets/post/${releases.get(name)!.createdFrom}.json`,
    `cache/post/of-dataset-of-${name}.json`,
    `cache/post/of-${name}.json`,
  ];
  for (const name of names) {
    await stores.registry.putRelease(releases.get(name)!);
    const [, dataset, ofDataset, ofRelease] = keysOf(name) as [string, string, string, string];
    await objects.put(dataset, '{}');
    await objects.put(ofDataset, `{"dataset":"${releases.get(name)!.createdFrom}"}`);
    await objects.put(ofRelease, `{"release":"${digestOf(name)}"}`);
  }
  await writeDocument(objects, 'pointers/post.json', Deployment, {
    v: 1,
    project: 'post',
    seq: 3,
    stable: digestOf('stable'),
    canary: canary ? {release: digestOf('canary'), weight: 10} : null,
    shadow: shadow ? {release: digestOf('shadow'), weight: 10} : null,
    former: [digestOf('former')],
    at: '2026-11-01T00:00:00.000Z',
    by: 'otto',
    why: 'test',
  });
  return {objects, stores, digestOf, keysOf};
}

test.each([
  [true, true],
  [true, false],
  [false, true],
  [false, false],
])(
  'releases that answer or were stable stay with what they come from; others go: canary %o, shadow %o',
  async (canary, shadow) => {
    const {objects, keysOf} = await released(canary, shadow);
    const gone = ['unused', ...(canary ? [] : ['canary']), ...(shadow ? [] : ['shadow'])] as 'unused'[];
    const {going} = await findGarbage(objects, CUTOFF);
    expect(going.map(({key}) => key).sort()).toEqual(gone.flatMap(keysOf).sort());
    expect(going.find(({key}) => key === keysOf('unused')[0])?.why).toBe(
      'never stable, and no report names it',
    );
  },
);

test('what a report compared stays, though the report itself is gone; one that cannot be read ends the search', async () => {
  const {objects, stores, digestOf} = await released(true, true);
  const ref = await stores.artifacts.putBytes('{"v":1}', 'application/json');
  const result = {
    release: digestOf('unused'),
    stable: digestOf('stable'),
    verdict: 'pass' as const,
    report: ref,
    html: ref,
    markdown: ref,
    modelCard: ref,
  };
  await stores.registry.putReport({v: 1, project: 'post', at: '2026-11-01T00:00:00.000Z', run: 'x', result});
  await expect(findGarbage(objects, CUTOFF)).rejects.toMatchObject({name: 'InvalidInput'});
  await objects.delete(ref.uri);
  expect(await goingOf(objects)).toEqual([]);
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
