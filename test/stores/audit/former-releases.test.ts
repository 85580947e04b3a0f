/** Where `ratchet rollback` goes when it names no release: each time further back, and never to what was rolled back from. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {formerReleases} from '../../../stores/audit/former-releases.ts';
import {openStores, type Stores} from '../../../stores/stores.ts';
import {A, B, C, PROJECT, approve, run} from './signed-chain.ts';

const [BASE, D] = ['0', 'd'].map((letter) => letter.repeat(64)) as [string, string];

let folder: string;
let stores: Stores;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ratchet-former-'));
  stores = await openStores(pathToFileURL(folder).href);
  await stores.pointers.bootstrap(PROJECT, BASE, {by: 'otto', why: 'the bare base'});
});
afterEach(() => rm(folder, {recursive: true, force: true}));

let runs = 0;
/** A run that is approved and makes its release stable. */
async function promote(release: string): Promise<void> {
  const of = run(`run ${(runs += 1)}`);
  await approve(stores, of, release);
  await stores.pointers.move(PROJECT, () => ({
    move: {stable: release, canary: null, shadow: null, by: of.rollout, why: 'promote'},
  }));
}
const former = async () => formerReleases(stores, (await stores.pointers.read(PROJECT))!);
const back = async () => (await former()).back;
async function rollback(release?: string): Promise<void> {
  const to = release ?? (await back()).at(-1)!;
  const moved = await stores.pointers.rollback(PROJECT, to, {
    by: 'otto',
    why: 'harm',
    former: (now) => formerReleases(stores, now),
  });
  expect(moved.status).toBe('moved');
}

test('nothing lies behind the first stable', async () => {
  expect(await back()).toEqual([]);
});

test('a second rollback goes further back, not to the release that was bad', async () => {
  await promote(A);
  await promote(B);
  expect(await back()).toEqual([BASE, A]);
  await rollback();
  expect(await back()).toEqual([BASE]);
  await rollback();
  expect((await stores.pointers.read(PROJECT))!.stable).toBe(BASE);
  expect(await back()).toEqual([]);
});

test('A, B, back to A, C: the rollback from C goes to A, and the next one to the base', async () => {
  await promote(A);
  await promote(B);
  await rollback();
  await promote(C);
  expect(await back()).toEqual([BASE, A]);
  await rollback();
  expect(await back()).toEqual([BASE]);
});

test('a named release that lies further back takes all behind it away', async () => {
  for (const release of [A, B, C]) await promote(release);
  await rollback(A);
  expect(await back()).toEqual([BASE]);
});

test('a release that was rolled back from counts again once it is promoted again, or named', async () => {
  await promote(A);
  await promote(B);
  await rollback();
  await promote(B);
  await promote(D);
  expect(await back()).toEqual([BASE, A, B]);
  await rollback();
  await rollback();
  // By hand to B after all: A was rolled back from by that.
  await rollback(B);
  expect(await back()).toEqual([BASE]);
});

test('a canary, its end, and a rollback that only takes it away leave the way back as it is', async () => {
  await promote(A);
  const of = run('canary');
  await approve(stores, of, B);
  await stores.pointers.move(PROJECT, ({seq, stable}) => ({
    move: {
      stable,
      canary: {release: B, weight: 10},
      shadow: null,
      by: of.rollout,
      why: 'step 1',
      rollout: {by: of.rollout, execution: 'e1', run: 'e1', seq: seq + 1, after: null, ended: false},
    },
  }));
  expect(await back()).toEqual([BASE]);
  await rollback(A);
  expect(await stores.pointers.read(PROJECT)).toMatchObject({stable: A, canary: null});
  expect(await back()).toEqual([BASE]);
});

test('a move whose entry is still to come counts', async () => {
  await promote(A);
  await promote(B);
  const current = (await stores.pointers.read(PROJECT))!;
  const owed = {...current, seq: current.seq + 1, stable: A, by: 'otto', why: 'rollback: harm'};
  expect((await formerReleases(stores, owed)).back).toEqual([BASE]);
});

test('the first stable is known as the base that no gate judged, until an approved run makes it stable', async () => {
  await promote(A);
  expect((await former()).ungated).toBe(BASE);
  await promote(BASE);
  await promote(B);
  expect((await former()).ungated).toBeNull();
});
