/** Approvals as somebody forges them who may write to the store and holds one approver's key, in a chain of this version. */
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import type {Policy} from '../../../schemas/access.ts';
import type {AuditFact} from '../../../stores/audit/audit.ts';
import {FollowedChain} from '../../../stores/audit/followed-chain.ts';
import {formerReleases} from '../../../stores/audit/former-releases.ts';
import {originSeal} from '../../../stores/audit/run-starters.ts';
import {openStores, withRowKey, type Stores} from '../../../stores/stores.ts';
import {verifyAudit} from '../../../stores/audit/verify-audit.ts';
import {as, person, proved} from '../../people.ts';
import {A, B, PROJECT, approvalFact, approve, decisionFact, enter} from './signed-chain.ts';
import {people, policyOfTest, run} from './signed-chain.ts';

const {anna, otto} = people;
const carl = person('carl');
const [ONE, TWO] = [run('one'), run('two')];
const rowKey = Buffer.alloc(32, 7);

let folder: string;
let stores: Stores;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ratchet-forged-approvals-'));
  stores = withRowKey(await openStores(pathToFileURL(folder).href), rowKey);
});
afterEach(() => {
  vi.useRealTimers();
  return rm(folder, {recursive: true, force: true});
});

const append = async (...facts: AuditFact[]): Promise<void> => {
  for (const fact of facts) await stores.audit(PROJECT).append(fact);
};
const breaks = async (): Promise<string[]> =>
  (await verifyAudit(stores, PROJECT)).breaks.map(({reason}) => reason);

/** The start of a run by hand, as a lifecycle's first activity enters it. */
function startFact(of = ONE, by = otto): AuditFact {
  const signed = proved(by, {project: PROJECT, act: 'run', about: {run: of.id, settings: 's'}});
  return {kind: 'run_start', actor: by.name, data: {run: of.id, execution: 'e1', signed}};
}
function originFact(of = ONE, key: Uint8Array = rowKey, reason = 'drift'): AuditFact {
  const seal = originSeal(key, {project: PROJECT, run: of.id, reason});
  return {kind: 'run_origin', actor: reason, data: {run: of.id, reason, seal}};
}
const holder = (execution = 'e1', of = ONE) => ({by: of.rollout, execution});
/** The opening of a rollout, as this version moves. */
function opening(execution = 'e1', of = ONE) {
  return stores.pointers.move(PROJECT, ({seq, stable}) => ({
    move: {
      stable,
      canary: null,
      shadow: null,
      by: of.rollout,
      why: 'opened',
      rollout: {...holder(execution, of), run: execution, seq: seq + 1, after: null, ended: false},
    },
  }));
}
/** The end of a rollout, which takes back what it has. */
function end(execution = 'e1', of = ONE) {
  return stores.pointers.move(PROJECT, ({stable, rollout}) => ({
    move: {
      stable,
      canary: null,
      shadow: null,
      by: of.rollout,
      why: 'back to stable: ended',
      rollout: {...rollout!, ended: true},
      ends: holder(execution, of),
    },
  }));
}
/** What a worker would say to another opening now; null: it opens. */
async function refusal(execution = 'e1', of = ONE): Promise<string | null> {
  const {pointers} = await new FollowedChain(stores, PROJECT).read();
  return pointers.opens(holder(execution, of), Date.now());
}

/** The first stable under a policy that names an admin, and a rollout from before: the chain is of this version. */
async function begun(change: Partial<Policy> = {}): Promise<void> {
  await enter(stores, policyOfTest(change), new Date(Date.now() - 20 * 60_000).toISOString());
  await stores.pointers.bootstrap(PROJECT, A, {by: 'otto', why: 'the bare base'});
  await append(startFact(TWO));
  await approve(stores, TWO, B);
  await opening('e1', TWO);
  await end('e1', TWO);
  expect(await breaks()).toEqual([]);
}

/** … and a run that somebody started and an approver approved. */
async function approved(): Promise<void> {
  await begun();
  await append(startFact());
  await approve(stores, ONE, B);
}

describe('who started the run', () => {
  beforeEach(() => begun());
  const none = /^it is not approved: no entry says who started its run/;

  test('an approval of a run that nobody is recorded to have started is none', async () => {
    await append(
      decisionFact(anna, {run: ONE, release: B}),
      approvalFact(ONE, B, [anna], {startedBy: 'schedule', starterKey: ''}),
    );
    expect(await breaks()).toEqual([expect.stringMatching(none)]);
    expect(await refusal()).toBe('no approved run is behind that');
  });

  test('an origin counts with the seal of the project’s own processes, and no other', async () => {
    await append(originFact());
    const closed = {startedBy: 'drift', starterKey: ''};
    await append(decisionFact(anna, {run: ONE, release: B}), approvalFact(ONE, B, [anna], closed));
    expect(await breaks()).toEqual([]);
    expect(await refusal()).toBeNull();
    const THREE = run('three');
    await append(originFact(THREE, Buffer.alloc(32, 8)), decisionFact(anna, {run: THREE, release: B}));
    await append(approvalFact(THREE, B, [anna], closed));
    expect(await breaks()).toEqual([
      'no process with the project’s row key sealed it',
      expect.stringMatching(none),
    ]);
  });

  test('the reason of a retrain is the one that its origin says', async () => {
    await append(originFact(), decisionFact(anna, {run: ONE, release: B}));
    await append(approvalFact(ONE, B, [anna], {startedBy: 'schedule', starterKey: ''}));
    expect(await breaks()).toEqual(['it says that schedule started the run, which drift did']);
  });

  test('an origin stays unproved where there is no row key to check its seal with', async () => {
    await append(originFact());
    const {breaks: none, unproved} = await verifyAudit(withRowKey(stores, undefined), PROJECT);
    expect(none).toEqual([]);
    expect(unproved.map(({reason}) => reason)).toEqual([
      expect.stringMatching(/^the project’s row key, which/),
    ]);
  });

  test('a person whom a policy renames meanwhile is the same by their key', async () => {
    await append(startFact());
    const renamed = policyOfTest().people.map((one) =>
      one.key === otto.key ? {...one, name: 'otto2'} : one,
    );
    await enter(stores, policyOfTest({people: renamed}));
    await append(decisionFact(anna, {run: ONE, release: B}));
    await append(approvalFact(ONE, B, [anna], {startedBy: 'otto2', starterKey: otto.id}));
    expect(await breaks()).toEqual([]);
  });
});

describe('an approval', () => {
  const waiting = {
    required: 1,
    starterMayApprove: false,
    quorum: [{of: ['anna'], required: 1}],
    escalation: [{afterMs: 48 * 3_600_000, to: ['carl']}],
  };

  test('that says to have asked before its run began does not shorten an escalation', async () => {
    await begun();
    const named = [...policyOfTest().people, as(carl, 'approver')];
    await enter(stores, policyOfTest({people: named, approval: waiting}));
    await append(startFact(), decisionFact(carl, {run: ONE, release: B}));
    await append(approvalFact(ONE, B, [carl], {asked: '2020-01-01T00:00:00.000Z'}));
    expect(await breaks()).toEqual([
      expect.stringMatching(/^it is not approved: of 1 signed decisions 1 count/),
    ]);
  });

  test.each([
    ['counts from when it was asked', true, []],
    ['does not count where it does not say when', false, [expect.stringMatching(/^it is not approved: /)]],
  ])('that was escalated %s', async (_, says, expected) => {
    await begun();
    const named = [...policyOfTest().people, as(carl, 'approver')];
    await enter(stores, policyOfTest({people: named, approval: waiting}));
    await append(startFact());
    const {asked, ...rest} = {...approvalFact(ONE, B, [carl]).data, asked: new Date().toISOString()};
    vi.useFakeTimers({now: Date.now() + 72 * 3_600_000, toFake: ['Date']});
    await append(decisionFact(carl, {run: ONE, release: B}));
    await append({...approvalFact(ONE, B, [carl]), data: {...rest, ...(says && {asked})}});
    expect(await breaks()).toEqual(expected);
  });

  test('was closed when it was closed, however the chain goes on', async () => {
    await begun();
    const at = new Date().toISOString();
    await append(startFact(), decisionFact(anna, {run: ONE, release: B}));
    await append({...approvalFact(ONE, B, [anna], {asked: at}), at});
    const closed = async () => {
      const {approvals} = await new FollowedChain(stores, PROJECT).read();
      return approvals.recorded(ONE.id).closed!;
    };
    const before = await closed();
    vi.useFakeTimers({now: Date.now() + 72 * 3_600_000, toFake: ['Date']});
    await append({kind: 'note', actor: 'otto', data: {}});
    expect(await closed()).toEqual(before);
  });

  test('takes no decision a day after its signature ended, whatever time that says', async () => {
    await begun();
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
    await append(startFact());
    for (const [hours, at] of [
      [30, 'x'],
      [30, hoursAgo(40)],
    ] as const) {
      const fact = decisionFact(anna, {
        run: ONE,
        release: B,
        change: {expiry: hoursAgo(hours), comment: at},
      });
      await append({...fact, data: {...fact.data, at}});
    }
    expect(await breaks()).toEqual([
      expect.stringMatching(/^its signature had expired at/),
      expect.stringMatching(/^its signature had expired at/),
    ]);
  });

  test.each([
    ['a day behind the end of its signature', 0, []],
    ['any later', 1, [expect.stringMatching(/^its signature had expired at/)]],
  ])('takes a decision that was recorded %s: %i ms', async (_, late, expected) => {
    await begun();
    await append(startFact());
    const at = new Date().toISOString();
    const expiry = new Date(Date.parse(at) - 24 * 3_600_000 - late).toISOString();
    await append({...decisionFact(anna, {run: ONE, release: B, change: {expiry}}), at});
    expect(await breaks()).toEqual(expected);
  });

  test('takes a decision that was counted in time and recorded once the store was back', async () => {
    await begun();
    const expiry = new Date(Date.now() - 3 * 3_600_000).toISOString();
    await append(startFact(), decisionFact(anna, {run: ONE, release: B, change: {expiry}}));
    await append(approvalFact(ONE, B, [anna]));
    expect(await breaks()).toEqual([]);
  });

  test('that was used up opens nothing when its entry is appended again', async () => {
    await approved();
    await opening();
    await end();
    await append(approvalFact(ONE, B, [anna]));
    expect(await refusal('by hand')).toMatch(/used up: its candidate was taken back/);
    expect(await breaks()).toEqual([expect.stringMatching(/^it closes the approval of entry \d+ again$/)]);
  });

  test('opens nothing where an entry behind it is missing: that may have used it up', async () => {
    await approved();
    expect(await refusal()).toBeNull();
    await append({kind: 'note', actor: 'otto', data: {}}, {kind: 'note', actor: 'otto', data: {}});
    const {seq} = (await stores.audit(PROJECT).last())!;
    const file = path.join(folder, 'audit', PROJECT, `${String(seq - 1).padStart(12, '0')}.json`);
    await writeFile(file, '{}');
    expect(await refusal()).toMatch(/^entry \d+, behind the approval of its run, is missing/);
    await rm(file);
    expect(await refusal()).toMatch(/^entry \d+, behind the approval of its run, is missing/);
  });

  test('is none where an entry between its run’s start and its end is missing', async () => {
    await begun();
    await append(startFact(), {kind: 'note', actor: 'otto', data: {}});
    const {seq} = (await stores.audit(PROJECT).last())!;
    await approve(stores, ONE, B);
    await rm(path.join(folder, 'audit', PROJECT, `${String(seq).padStart(12, '0')}.json`));
    expect(await refusal()).toBe('no approved run is behind that');
  });

  test('of a run that was cancelled since opens nothing', async () => {
    await approved();
    const cancel = {kind: 'cancel', actor: 'otto', data: {run: ONE.id}};
    await append(cancel);
    expect(await refusal()).toBeNull();
    const signed = proved(otto, {project: PROJECT, act: 'cancel', about: {run: ONE.id}});
    await append({...cancel, data: {run: ONE.id, proof: 'signed', signed}});
    expect(await refusal()).toMatch(/used up: its run was cancelled in entry \d+$/);
    expect(await breaks()).toEqual(['it is not signed, though the policy in force names people']);
  });

  test('of a run that was reset and approved anew opens one execution more', async () => {
    await approved();
    await opening();
    await end();
    const again = {...ONE, approval: 'asked again'};
    await approve(stores, again, B);
    expect(await refusal('e2')).toBeNull();
    await opening('e2');
    expect(await breaks()).toEqual([]);
    expect(await refusal('e3')).toBe('its approval was used by another execution of it');
  });

  test('by which an earlier version moved opens no rollout of this one', async () => {
    await approved();
    const canary = {release: B, weight: 10};
    await stores.pointers.move(PROJECT, ({stable}) => ({
      move: {stable, canary, shadow: null, by: ONE.rollout, why: 'canary 10 %'},
    }));
    expect(await refusal()).toBe('its approval was used by a rollout of an earlier version');
  });

  test('goes on though somebody ends another execution of its rollout', async () => {
    await approved();
    await opening();
    await stores.pointers.move(PROJECT, ({stable, canary, shadow}) => ({
      move: {stable, canary, shadow, by: ONE.rollout, why: 'ended by hand', ends: holder('by hand')},
    }));
    expect(await refusal('e1')).toBeNull();
  });
});

describe('an entry', () => {
  beforeEach(() => begun());

  test('of a kind that this version signs is not from before because it says so', async () => {
    await append({kind: 'retired', actor: 'otto', data: {release: B}});
    expect(await breaks()).toEqual(['it is not signed, though the policy in force names people']);
  });

  test('of another project is none of this chain', async () => {
    const chain = stores.audit(PROJECT);
    await append({kind: 'note', actor: 'otto', data: {}});
    const {seq} = (await chain.last())!;
    const file = path.join(folder, 'audit', PROJECT, `${String(seq).padStart(12, '0')}.json`);
    const entry = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({...entry, project: 'other'}));
    await expect(Array.fromAsync(chain.entries())).rejects.toThrow(
      `${String(seq).padStart(12, '0')}.json is no audit entry of ${PROJECT}: run audit verify`,
    );
  });
});

describe('what only this version writes', () => {
  const unsigned = {kind: 'retired', actor: 'otto', data: {release: B}};
  const notSigned = 'it is not signed, though the policy in force names people';
  beforeEach(async () => {
    await enter(stores, policyOfTest(), new Date(Date.now() - 20 * 60_000).toISOString());
    await stores.pointers.bootstrap(PROJECT, A, {by: 'otto', why: 'the bare base'});
  });

  test('is missing in a chain of an earlier one, whose entries need no signature', async () => {
    await append(unsigned);
    expect(await breaks()).toEqual([]);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['the start of an execution', () => append(startFact())],
    ['an origin', () => append(originFact())],
    ['an end of a rollout', () => opening().then(() => end())],
    [
      'an act that says how far it is proved',
      () => append({kind: 'gc', actor: 'otto', data: {proof: 'signed'}}),
    ],
  ])('is %s: from then on entries are signed', async (_, write) => {
    await write();
    await append(unsigned);
    expect(await breaks()).toContain(notSigned);
  });
});

test('what became stable by no permitted move is none to go back to', async () => {
  await begun();
  await stores.pointers.move(PROJECT, () => ({
    move: {stable: B, canary: null, shadow: null, by: 'otto', why: 'promoted by hand'},
  }));
  await stores.pointers.rollback(PROJECT, A, {by: 'otto', why: 'harm'});
  const current = (await stores.pointers.read(PROJECT))!;
  expect(await formerReleases(stores, current)).toEqual({all: [B], permitted: [], back: [], ungated: A});
  expect(
    await stores.pointers.rollback(PROJECT, B, {
      by: 'otto',
      why: 'harm',
      former: (now) => formerReleases(stores, now),
    }),
  ).toMatchObject({
    status: 'refused',
    reason: expect.stringContaining('became stable by no permitted move') as string,
  });
});
