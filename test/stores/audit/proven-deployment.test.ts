import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {canonicalJson} from '../../../core/identity/canonical-json.ts';
import type {Deployment} from '../../../schemas/deployment.ts';
import {Report} from '../../../schemas/report.ts';
import {ProvenDeployments, type Proven} from '../../../stores/audit/proven-deployment.ts';
import {prepare, type Prepared} from '../../cli/prepared-store.ts';
import {approvalFact, approvedFacts, enter, policyOfTest, run} from './signed-chain.ts';

let folder: string;
let there: Prepared;
let proven: ProvenDeployments;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ratchet-proven-'));
  there = await prepare(pathToFileURL(folder).href);
  proven = new ProvenDeployments(there.stores, 'post');
});
afterEach(() => rm(folder, {recursive: true, force: true}));

const deployment = async (): Promise<Deployment> => (await there.stores.pointers.read('post'))!;
const prove = async (change: Partial<Deployment> = {}): Promise<Proven> =>
  proven.prove({...(await deployment()), ...change});
const refused = (reason: RegExp) => ({status: 'refused', reason: expect.stringMatching(reason) as string});
const overBase = (): Proven => ({status: 'proven', back: there.base.digest});
const EVIL = 'e'.repeat(64);

test('what the chain explains is proven, again and again, and what is owed too', async () => {
  expect(await prove()).toEqual(overBase());
  expect(await Promise.all([prove(), prove()])).toEqual([overBase(), overBase()]);
  const {seq, stable} = await deployment();
  const owed = {seq: seq + 1, stable: there.base.digest, former: [stable], by: 'otto', why: 'rollback: x'};
  // Behind the first stable there is nothing to go back to.
  expect(await prove(owed)).toEqual({status: 'proven', back: null});
});

test('a deployment that was edited, or says what no permitted move said, is refused', async () => {
  expect(await prove({stable: EVIL})).toEqual(refused(/^it says move 1 .*, expected move 1/));
  const next = {seq: 2, canary: {release: EVIL, weight: 5}, by: 'eve', why: 'mine'};
  expect(await prove(next)).toEqual(refused(/no approved run is behind that$/));
});

test('a move that was forged with its entry is refused, and so is what it made stable, by whatever way it comes back', async () => {
  const forged = run('forged');
  await there.stores.audit('post').append(approvalFact(forged, EVIL, []));
  const to = (stable: string, by: string, why: string) =>
    there.stores.pointers.move('post', () => ({move: {stable, canary: null, shadow: null, by, why}}));
  await to(EVIL, forged.rollout, 'promoted to stable');
  expect(await prove()).toEqual(refused(/no approved run is behind that$/));
  await to(there.candidate.digest, 'otto', 'rollback: away from it');
  expect(await prove()).toEqual(overBase());
  await to(EVIL, 'otto', 'rollback: and back');
  expect(await prove()).toEqual(refused(/: that became stable by no permitted move \(.*no approved run/));
});

/** A release with a passing report, approved for a run. */
async function approvedRelease(letter: string) {
  const {artifacts} = there.stores;
  const ref = (await artifacts.byDigest(there.report, 'application/json'))!;
  const release = letter.repeat(64);
  const report = {...(await artifacts.getJson(ref, Report)), release};
  const {sha256} = await artifacts.putJson(report);
  const runId = run(letter).id;
  const digests = {release, dataset: there.dataset.digest, report: sha256};
  for (const fact of approvedFacts({project: 'post', runId, digests}))
    await there.stores.audit('post').append(fact);
  return {release, rollout: run(letter).rollout};
}

test('a permitted move whose entry is still to come is proven, with its report', async () => {
  const {release, rollout} = await approvedRelease('f');
  const {seq} = await deployment();
  const owed = {seq: seq + 1, canary: {release, weight: 5}, by: rollout, why: 'canary 5 %'};
  expect(await prove(owed)).toEqual(overBase());
  expect(await prove({...owed, canary: {release: EVIL, weight: 5}})).toEqual(
    refused(/canary is not the release/),
  );
});

test('what a forged move left beside a permitted one stays refused', async () => {
  const {release, rollout} = await approvedRelease('f');
  const {pointers} = there.stores;
  const canary = {release: EVIL, weight: 5};
  const to = (change: Partial<Deployment>, by: string) =>
    pointers.move('post', ({stable}) => ({
      move: {stable, canary, shadow: null, why: 'a step', ...change, by},
    }));
  await to({}, 'rollout/lifecycle/post/eve');
  await to({shadow: {release, weight: 5}}, rollout);
  expect(await prove()).toEqual(refused(/^release eeeeeeeeeeee: .*no approved run is behind that$/));
  await to({shadow: {release, weight: 5}, canary: null}, rollout);
  expect(await prove()).toEqual(overBase());
});

test('an unsigned rollback is refused once the policy names an admin', async () => {
  await enter(there.stores, policyOfTest());
  expect(await prove()).toEqual(overBase());
  await there.stores.pointers.rollback('post', there.base.digest, {by: 'otto', why: 'x'});
  expect(await prove()).toEqual(refused(/^it is not signed, though the policy in force names people$/));
});

test('a report that was exchanged is refused', async () => {
  const key = `artifacts/sha256/${there.report.slice(0, 2)}/${there.report}`;
  const bytes = (await there.stores.objects.get(key))!.bytes;
  await there.stores.objects.put(key, new TextDecoder().decode(bytes).replace('0.9', '0.8'));
  expect(await prove()).toEqual(refused(/^release [0-9a-f]{12}: its report: .* holds bytes that hash to/));
});

test('a deployment from before the chain’s last move is read again; a chain that was rewritten is refused', async () => {
  const before = await deployment();
  expect(await prove()).toEqual(overBase());
  await there.stores.pointers.rollback('post', there.base.digest, {by: 'otto', why: 'x'});
  expect(await proven.prove(before)).toEqual({status: 'stale'});
  expect(await prove()).toEqual({status: 'proven', back: null});
  const last = (await there.stores.audit('post').last())!;
  const number = String(last.seq).padStart(12, '0');
  await there.stores.objects.put(
    `audit/post/${number}.json`,
    canonicalJson({...last, actor: 'eve', hash: '0'.repeat(64)}),
  );
  expect(await prove()).toEqual(refused(/no longer holds entry 4 as it was read/));
});
