import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {canonicalJson} from '../../../core/identity/canonical-json.ts';
import type {Deployment} from '../../../schemas/deployment.ts';
import {openStores, type Stores} from '../../../stores/stores.ts';
import {verifyAudit, type ProjectVerification} from '../../../stores/audit/verify-audit.ts';
import {person, proved} from '../../people.ts';
import {startProcess} from '../child-processes.ts';
import {A, B, C, approve, decisionFact, people, run} from './signed-chain.ts';

const [ONE, TWO] = [run('one'), run('two')];
const DOCUMENT = 'pointers/post/deployment.json';

let folder: string;
let stores: Stores;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ratchet-verify-'));
  stores = await openStores(pathToFileURL(folder).href);
});
afterEach(() => rm(folder, {recursive: true, force: true}));

const verify = (): Promise<ProjectVerification> => verifyAudit(stores, 'post');
const reasons = async (): Promise<string[]> => (await verify()).breaks.map(({reason}) => reason);

function moved(change: Partial<Deployment>, by = ONE.rollout) {
  return stores.pointers.move('post', ({stable}) => ({
    move: {stable, canary: null, shadow: null, why: 'a step', ...change, by},
  }));
}
/** Base A; release B approved, shown to a tenth, then stable. */
async function released(): Promise<void> {
  await stores.pointers.bootstrap('post', A, {by: 'anna', why: 'the bare base'});
  await approve(stores, ONE, B);
  await moved({canary: {release: B, weight: 10}});
  await moved({stable: B});
}
async function edit(change: Partial<Deployment>): Promise<void> {
  const there = (await stores.pointers.read('post'))!;
  await stores.objects.put(DOCUMENT, canonicalJson({...there, ...change}));
}
async function entries(): Promise<number> {
  return (await Array.fromAsync(stores.audit('post').entries())).length;
}

test('a rollout of what its run approved, a way back and a rollback hold', async () => {
  expect(await verify()).toEqual({
    entries: 0,
    breaks: [],
    alarms: [],
    unproved: [],
    newer: 0,
    head: '',
    owed: null,
  });
  await released();
  await stores.pointers.rollback('post', A, {by: 'ann', why: 'worse'});
  await approve(stores, TWO, C);
  await moved({canary: {release: C, weight: 10}}, TWO.rollout);
  await moved({canary: null}, TWO.rollout);
  expect(await verify()).toMatchObject({entries: 10, breaks: [], owed: null});
});

test.each<[string, Partial<Deployment>, string]>([
  [
    'stable at the same seq',
    {stable: C},
    'deployment: it says move 2 by rollout/lifecycle/post/one (a step): stable cccccccccccc, ' +
      'expected move 2 by rollout/lifecycle/post/one (a step): stable bbbbbbbbbbbb',
  ],
  [
    'a canary at the same seq',
    {canary: {release: C, weight: 5}},
    'deployment: it says move 2 by rollout/lifecycle/post/one (a step): stable bbbbbbbbbbbb, canary cccccccccccc 5 %, ' +
      'expected move 2 by rollout/lifecycle/post/one (a step): stable bbbbbbbbbbbb',
  ],
  [
    'the next move, by nobody who was permitted',
    {seq: 3, stable: C, by: 'eve', why: 'mine'},
    'deployment: move 3 by eve (mine): stable cccccccccccc: no approved run is behind that',
  ],
  [
    'the next move, of a release that its run did not approve',
    {seq: 3, stable: C},
    'deployment: move 3 by rollout/lifecycle/post/one (a step): stable cccccccccccc: ' +
      'stable is not the release bbbbbbbbbbbb that its run approved',
  ],
  [
    'a rollback to what was never stable',
    {seq: 3, stable: C, by: 'eve', why: 'rollback: mine'},
    'deployment: move 3 by eve (rollback: mine): stable cccccccccccc: expected a release that has been stable',
  ],
  [
    'a rollback that also shows something',
    {seq: 3, stable: A, shadow: {release: C, weight: 1}, why: 'rollback: mine'},
    'deployment: move 3 by rollout/lifecycle/post/one (rollback: mine): stable aaaaaaaaaaaa, shadow cccccccccccc 1 %: ' +
      'expected neither canary nor shadow',
  ],
  ['moves ahead', {seq: 9}, 'deployment: it tells of move 9, expected move 3'],
  [
    'set back to the start',
    {seq: 0, stable: A, former: [], by: 'anna', why: 'the bare base'},
    'deployment: it was set back to move 0 by anna (the bare base): stable aaaaaaaaaaaa, ' +
      'expected move 2 by rollout/lifecycle/post/one (a step): stable bbbbbbbbbbbb',
  ],
  [
    'another list of former releases',
    {former: [A, C]},
    'deployment: its former releases are not those that have been stable',
  ],
  [
    'the next move, with a list of former releases that does not follow',
    {seq: 3, stable: A, why: 'rollback: mine'},
    'deployment: its former releases are not those that have been stable',
  ],
])('a deployment edited by hand is a break, and nothing is appended: %s', async (_, change, reason) => {
  await released();
  const before = await entries();
  await edit(change);
  expect(await reasons()).toEqual([reason]);
  expect(await reasons()).toEqual([reason]);
  expect(await entries()).toBe(before);
});

test('what moved on from an edited deployment stays a break', async () => {
  await released();
  await edit({stable: C});
  await stores.pointers.rollback('post', A, {by: 'ann', why: 'that is not ours'});
  expect((await stores.pointers.read('post'))!.stable).toBe(A);
  expect(await reasons()).toEqual([
    'the deployment was found as no entry explains it: ' +
      'move 2 by rollout/lifecycle/post/one (a step): stable cccccccccccc',
  ]);
});

test('a deployment without its chain, and a chain without its deployment', async () => {
  await released();
  await stores.objects.delete(DOCUMENT);
  expect(await reasons()).toEqual([
    'deployment: it is gone, expected move 2 by rollout/lifecycle/post/one (a step): stable bbbbbbbbbbbb',
  ]);
  await moveChainAway();
  expect(await verify()).toMatchObject({entries: 0, breaks: []});
  await stores.pointers.bootstrap('post', A, {by: 'anna', why: 'the bare base'});
  await moveChainAway();
  expect(await verify()).toMatchObject({
    entries: 0,
    breaks: [],
    owed: 'move 0 by anna (the bare base): stable aaaaaaaaaaaa',
  });
  await edit({seq: 3});
  expect(await reasons()).toEqual(['deployment: it tells of move 3, expected move 0']);
});

test('an empty chain of a project that has runs', async () => {
  await stores.pointers.bootstrap('post', A, {by: 'anna', why: 'the bare base'});
  await stores.registry.startRun({
    v: 1,
    id: ONE.id,
    project: 'post',
    status: 'running',
    startedBy: 'anna',
    reason: 'first',
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: null,
    stages: {},
    links: {},
  });
  expect(await verify()).toMatchObject({entries: 1, breaks: []});
  await moveChainAway();
  expect(await reasons()).toEqual(['the chain is empty, though runs of the project are recorded']);
});

async function moveChainAway(): Promise<void> {
  for (const prefix of ['audit/', 'audit-head/'])
    for await (const key of stores.objects.list(prefix)) await stores.objects.delete(key);
}

test('a mover killed before its entry leaves it owed, which is no break; the next run adds it', async () => {
  await stores.pointers.bootstrap('post', A, {by: 'anna', why: 'the bare base'});
  await approve(stores, ONE, B);
  const url = pathToFileURL(folder).href;
  const mover = startProcess('move-and-die', [url, 'post', B, ONE.rollout]);
  await expect(mover.done()).rejects.toThrow(/SIGKILL/);
  const owed = `move 1 by ${ONE.rollout} (promoted, then killed): stable bbbbbbbbbbbb`;
  expect(await verify()).toMatchObject({entries: 3, breaks: [], owed});
  expect(await entries()).toBe(3);
  await stores.pointers.bootstrap('post', A, {by: 'anna', why: 'the bare base'});
  expect(await verify()).toMatchObject({entries: 4, breaks: [], owed: null});
});

test('a chain that grows while it is read is compared with what it comes to', async () => {
  await released();
  const read = stores.pointers.read.bind(stores.pointers);
  const slow = {
    ...stores,
    pointers: Object.assign(Object.create(stores.pointers) as typeof stores.pointers, {
      read: async (project: string) => {
        await stores.pointers.rollback('post', A, {by: 'ann', why: 'meanwhile'});
        const there = await read(project);
        await stores.pointers.rollback('post', B, {by: 'ann', why: 'and back'});
        return there;
      },
    }),
  };
  expect(await verifyAudit(slow, 'post')).toMatchObject({entries: 5, breaks: [], owed: null});
});

test('the signature of every decision is checked by the key recorded with it', async () => {
  const {kind, actor, data} = decisionFact(people.anna, {run: ONE, release: B});
  const payload = data['payload'] as object;
  const other = `ed25519:${Buffer.alloc(32, 7).toString('base64')}`;
  for (const change of [
    {},
    {signature: `${'A'.repeat(86)}==`},
    {payload: {...payload, comment: 'changed'}},
    {publicKey: other},
    {publicKey: null},
    {publicKey: 'ed25519:x'},
    {payloadDigest: C},
    {signature: 'AAAA'},
  ])
    await stores.audit('post').append({kind, actor, data: {...data, ...change}});
  expect((await verify()).breaks).toEqual([
    {seq: 1, reason: 'its signature is not by its public key over its payload'},
    {seq: 2, reason: 'its signature is not by its public key over its payload'},
    {seq: 3, reason: 'its signature is not by its public key over its payload'},
    {seq: 4, reason: 'it holds no decision with its signature and public key'},
    {seq: 5, reason: expect.stringMatching(/^its public key is no Ed25519 public key/) as string},
    {seq: 6, reason: 'its payload does not hash to its digest'},
    {seq: 7, reason: 'it holds no decision with its signature and public key'},
  ]);
});

test('a rollout that ends without having moved is nobody’s to approve, and moves nothing', async () => {
  await released();
  const stranger = {by: 'rollout/lifecycle/post/other', execution: 'x'};
  await moved({stable: B, ends: stranger}, stranger.by);
  expect(await verify()).toMatchObject({breaks: [], owed: null});
  expect((await Array.fromAsync(stores.audit('post').entries())).at(-1)).toMatchObject({
    kind: 'rollout_ended',
    actor: stranger.by,
    data: {pointer: 3, stable: B, ends: stranger},
  });
  // … that it ends does not let it take anything away, nor another one.
  await moved({stable: A, ends: stranger}, stranger.by);
  await moved({stable: A, ends: {by: ONE.rollout, execution: 'x'}}, stranger.by);
  expect(await reasons()).toEqual([
    expect.stringMatching(/^move 4 .*: no approved run is behind that$/),
    expect.stringMatching(/^move 5 .*: no approved run is behind that$/),
  ]);
});

describe('the executions of a rollout', () => {
  const by = ONE.rollout;
  const at = (seq: number, change: object = {}) => ({
    rollout: {by, execution: 'x1', run: 'r1', seq, after: seq - 1, ended: false, ...change},
  });
  beforeEach(async () => {
    await stores.pointers.bootstrap('post', A, {by: 'anna', why: 'the bare base'});
    await approve(stores, ONE, B);
    await moved(at(1, {after: null}));
    await moved({canary: {release: B, weight: 10}, ...at(2)});
  });
  const kinds = async (): Promise<string[]> =>
    (await Array.fromAsync(stores.audit('post').entries())).map(({kind}) => kind);

  test('open, move and end', async () => {
    await moved({stable: B, ...at(3, {ended: true}), ends: {by, execution: 'x1'}});
    expect(await reasons()).toEqual([]);
    expect(await kinds()).toEqual([
      'bootstrap',
      'decision',
      'approval',
      'rollout_opened',
      'pointer',
      'pointer',
    ]);
  });

  test('one that ended at once was opened, and is said to have gone back', async () => {
    await moved({...at(3, {after: null, ended: true}), ends: {by, execution: 'x1'}});
    expect((await kinds()).at(-1)).toBe('pointer');
  });

  test('the end of another with the same first run is that one’s', async () => {
    await moved({canary: {release: B, weight: 10}, ends: {by: 'rollout/y', execution: 'x1'}}, 'rollout/y');
    expect((await kinds()).at(-1)).toBe('rollout_ended');
    expect(await reasons()).toEqual([]);
  });

  test('the end of another right behind an opening is no opening', async () => {
    await moved({...at(3, {after: null})});
    await moved({ends: {by: 'rollout/y', execution: 'y1'}}, 'rollout/y');
    expect((await kinds()).slice(-2)).toEqual(['rollout_opened', 'rollout_ended']);
  });

  test('a signature, and an end, are of the move that has them', async () => {
    const signed = proved(person('anna'), {
      project: 'post',
      act: 'rollback',
      about: {from: A, to: A, move: '3'},
    });
    await stores.pointers.rollback('post', A, {by: 'anna', why: 'left over', sign: () => signed});
    expect(await stores.pointers.read('post')).toMatchObject({signed, ends: {by}});
    await moved(at(4, {execution: 'y1', by: 'rollout/y'}), 'rollout/y');
    const next = (await stores.pointers.read('post'))!;
    expect([next.seq, next.signed, next.ends]).toEqual([4, undefined, undefined]);
  });

  test('a rollback to the present stable takes the canary away', async () => {
    await stores.pointers.rollback('post', A, {by: 'anna', why: 'left over'});
    expect(await reasons()).toEqual([]);
    expect(await stores.pointers.read('post')).toMatchObject({
      stable: A,
      canary: null,
      rollout: {ended: true},
      ends: {by, execution: 'x1'},
    });
  });

  test.each<[string, Partial<Deployment>, RegExp]>([
    ['one that had ended', {canary: {release: B, weight: 50}, ...at(4)}, /it had ended before$/],
    [
      'another one than that which opened',
      {canary: {release: B, weight: 50}, ...at(4, {execution: 'x2'})},
      /its approval was used by another execution of it$/,
    ],
    [
      'one under another name',
      {canary: {release: B, weight: 50}, ...at(4, {by: 'rollout/y', execution: 'y1'})},
      /the rollout that moved is said to be rollout\/y$/,
    ],
  ])('that move: %s is a break', async (_, change, reason) => {
    await moved({...at(3, {ended: true}), ends: {by, execution: 'x1'}});
    expect(await reasons()).toEqual([]);
    await moved(change);
    expect(await reasons()).toEqual([expect.stringMatching(reason)]);
  });

  test.each<[string, Partial<Deployment>]>([
    ['who may move', at(2, {ended: true})],
    ['what ended', {ends: {by, execution: 'x1'}}],
  ])('%s, edited by hand, is a break', async (_, change) => {
    await edit(change);
    expect(await reasons()).toEqual([
      expect.stringMatching(/^deployment: it says move 2 .*, expected move 2/),
    ]);
  });
});
