/** A rollback by somebody without the role for one: what it opens to people of the project, and to nobody else. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {canonicalJson} from '../../../core/identity/canonical-json.ts';
import type {ProvedAct} from '../../../schemas/access.ts';
import type {Deployment} from '../../../schemas/deployment.ts';
import {formerReleases} from '../../../stores/audit/former-releases.ts';
import {openStores, type Stores} from '../../../stores/stores.ts';
import {verifyAudit} from '../../../stores/audit/verify-audit.ts';
import {person, proved, type TestPerson} from '../../people.ts';
import {A, B, C, PROJECT, approve, enter, people, policyOfTest, run} from './signed-chain.ts';

const {anna, eve, otto} = people;
const mallory = person('mallory');
const BASE = '0'.repeat(64);

let folder: string;
let stores: Stores;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ratchet-break-glass-'));
  stores = await openStores(pathToFileURL(folder).href);
  await enter(stores, policyOfTest());
  await stores.pointers.bootstrap(PROJECT, BASE, {by: 'otto', why: 'the bare base'});
  await promote(A);
  await promote(B);
});
afterEach(() => rm(folder, {recursive: true, force: true}));

async function promote(release: string): Promise<void> {
  const of = run(`run of ${release.slice(0, 1)}`);
  await approve(stores, of, release);
  await stores.pointers.move(PROJECT, () => ({
    move: {stable: release, canary: null, shadow: null, by: of.rollout, why: 'promote'},
  }));
}
const verified = () => verifyAudit(stores, PROJECT);
const signedBy =
  (who: TestPerson, act: 'rollback' | 'break_glass', comment = 'users get nonsense') =>
  (about: Record<string, string>): ProvedAct =>
    proved(who, {project: PROJECT, act, about, comment});
/** As the command line breaks the glass, or as somebody past it: the pointer asks for no role. */
const breakGlass = (to: string, by: TestPerson, sign = signedBy(by, 'break_glass')) =>
  stores.pointers.rollback(PROJECT, to, {by: by.name, why: 'users get nonsense', breakGlass: true, sign});

test('anybody of the project goes back; it holds, is an entry of its own, and a listed alarm', async () => {
  expect(await breakGlass(A, eve)).toMatchObject({status: 'moved', deployment: {stable: A, by: 'eve'}});
  expect((await stores.audit(PROJECT).last())!).toMatchObject({
    kind: 'break_glass',
    actor: 'eve',
    data: {stable: A, why: 'break glass: users get nonsense'},
  });
  expect(await verified()).toMatchObject({
    breaks: [],
    unproved: [],
    alarms: [
      {
        seq: 8,
        reason: `eve broke the glass (users get nonsense): move 3, back to ${A.slice(0, 12)}, without the role for it`,
      },
    ],
  });
  // … and further back goes the next rollback, as behind any other.
  expect((await formerReleases(stores, (await stores.pointers.read(PROJECT))!)).back).toEqual([BASE]);
});

test('of a move whose entry is still to come there is an alarm, too', async () => {
  const there = (await stores.pointers.read(PROJECT))!;
  const about = {from: B, to: A, move: '3'};
  const signed = signedBy(eve, 'break_glass')(about);
  await put({...there, seq: 3, stable: A, former: [BASE, B], by: 'eve', why: 'break glass: it lies', signed});
  expect(await verified()).toMatchObject({
    breaks: [],
    owed: expect.stringContaining('move 3 by eve') as string,
    alarms: [{reason: expect.stringContaining('eve broke the glass (it lies)') as string}],
  });
});
const put = (deployment: Deployment) =>
  stores.objects.put(`pointers/${PROJECT}/deployment.json`, canonicalJson(deployment));

describe('it is a break of the chain', () => {
  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['by nobody', () => breakGlass(A, eve, () => undefined as never), /not signed: the glass is broken by/],
    ['by a stranger', () => breakGlass(A, mallory), /which the policy in force does not name/],
    [
      'under another name',
      () =>
        stores.pointers.rollback(PROJECT, A, {
          by: 'otto',
          why: 'x',
          breakGlass: true,
          sign: signedBy(eve, 'break_glass'),
        }),
      /it says that otto did it, it is signed by eve/,
    ],
    ['without a reason', () => breakGlass(A, eve, signedBy(eve, 'break_glass', ' ')), /it gives no reason/],
    [
      'by the signature of a rollback',
      () => breakGlass(A, otto, signedBy(otto, 'rollback')),
      /its signature/,
    ],
    [
      'as an entry of a rollback, which would be no alarm',
      () => stores.pointers.rollback(PROJECT, A, {by: 'eve', why: 'x', sign: signedBy(eve, 'break_glass')}),
      /its signature/,
    ],
    [
      'for another move',
      () => breakGlass(A, eve, (about) => signedBy(eve, 'break_glass')({...about, move: '9'})),
      /its signature is for another move/,
    ],
    ['to the base model', () => breakGlass(BASE, eve), /expected a release that gates judged/],
  ])('%s', async (_, act, reason) => {
    await act();
    const {breaks, alarms} = await verified();
    expect(breaks.map((one) => one.reason)).toEqual([expect.stringMatching(reason)]);
    expect(alarms).toEqual([]);
  });

  test('to a release that was rolled back from', async () => {
    await stores.pointers.rollback(PROJECT, A, {by: 'otto', why: 'x', sign: signedBy(otto, 'rollback')});
    await breakGlass(B, eve);
    expect((await verified()).breaks.map(({reason}) => reason)).toEqual([
      expect.stringMatching(/expected a release further back, none that was rolled back from$/),
    ]);
  });

  test('also where forged promotions come between, which would make it one further back', async () => {
    await stores.pointers.rollback(PROJECT, A, {by: 'otto', why: 'x', sign: signedBy(otto, 'rollback')});
    for (const stable of [B, C])
      await stores.pointers.move(PROJECT, () => ({
        move: {stable, canary: null, shadow: null, by: run('forged').rollout, why: 'promote'},
      }));
    await breakGlass(B, eve);
    const {breaks} = await verified();
    expect(breaks.at(-1)!.reason).toMatch(/expected a release further back, none that was rolled back from$/);
    // Back to what was stable by permitted moves is what it is for.
    await breakGlass(A, anna);
    expect((await verified()).breaks).toHaveLength(breaks.length);
  });

  test('to what was never stable', async () => {
    await stores.pointers.move(PROJECT, (current) => ({
      move: {
        stable: C,
        canary: null,
        shadow: null,
        by: 'eve',
        why: 'break glass: mine',
        signed: signedBy(eve, 'break_glass')({from: current.stable, to: C, move: '3'}),
      },
    }));
    expect((await verified()).breaks.map(({reason}) => reason)).toEqual([
      expect.stringMatching(/expected a release that has been stable$/),
    ]);
  });

  test('with a canary beside it', async () => {
    await stores.pointers.move(PROJECT, (current) => ({
      move: {
        stable: A,
        canary: {release: B, weight: 50},
        shadow: null,
        by: 'eve',
        why: 'break glass: mine',
        signed: signedBy(eve, 'break_glass')({from: current.stable, to: A, move: '3'}),
      },
    }));
    expect((await verified()).breaks.map(({reason}) => reason)).toEqual([
      expect.stringMatching(/expected neither canary nor shadow$/),
    ]);
  });
});
