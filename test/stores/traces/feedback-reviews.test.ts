import {createHash} from 'node:crypto';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {signValue} from '../../../core/access/signed-act.ts';
import {traceId} from '../../../core/identity/trace-id.ts';
import type {ActPayload} from '../../../schemas/access.ts';
import {ProjectConfig} from '../../../schemas/project.ts';
import type {Trace} from '../../../schemas/trace.ts';
import type {Sign} from '../../../stores/audit/act-proof.ts';
import type {FeedbackRecord} from '../../../stores/traces/feedback-records.ts';
import {
  MOST_REVIEWED,
  feedbackOf,
  feedbackStandings,
  reviewFeedback,
  reviewedFeedback,
  type Standing,
} from '../../../stores/traces/feedback-reviews.ts';
import {openStores, type Stores} from '../../../stores/stores.ts';
import {verifyAudit} from '../../../stores/audit/verify-audit.ts';
import {as, person, proved, twin, type TestPerson} from '../../people.ts';
import {PROJECT, enter, people, policyOfTest} from '../audit/signed-chain.ts';
import {ANSWERED} from './answered.ts';

const {anna, ben, otto, eve} = people;
const HOUR = 3_600_000;
const START = Date.now() - 10 * HOUR;
const ROW_KEY = Buffer.alloc(32, 7);
const config = ProjectConfig.parse({
  version: 1,
  project: PROJECT,
  input: {format: 'record', fields: ['text']},
  sources: [
    {name: 'letters', uri: 'file:s.jsonl', format: 'jsonl', fields: {id: 'id', label: 'label', text: 'text'}},
  ],
  tasks: {triage: {kind: 'classification', labels: ['spam', 'ham'], inputs: ['text'], prompt: '{{text}}'}},
  gauntlet: {gates: [{metric: 'm', test: 'at-least', limit: 0}]},
  rollout: {steps: [{setWeight: 100}]},
  retrain: {golden: 0.5},
});

let folder: string;
let stores: Stores;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ratchet-reviews-'));
  stores = await openStores(path.join(folder, 'store'));
});
afterEach(() => rm(folder, {recursive: true}));

/** Users correct forty answers. */
async function corrections(label = 'ham', from = 0, key?: string): Promise<void> {
  const traces = Array.from({length: 40}, (_, i): Trace => {
    const at = START + from + i;
    const random = createHash('sha256')
      .update(`${from + i}`)
      .digest();
    return {
      v: 1,
      id: traceId(at, random.subarray(0, 12)),
      at: new Date(at).toISOString(),
      ...ANSWERED,
      project: PROJECT,
      row: `order/${i}`,
      output: 'spam',
      unit: random.toString('hex').slice(0, 16),
      fields: {text: `letter ${i}`},
      ...(key === undefined ? {} : {key}),
    };
  });
  await stores.traces.append(PROJECT, traces);
  await stores.traces.appendFeedback(
    PROJECT,
    traces.map(({id, at}) => ({
      v: 1 as const,
      id: `f${id}`,
      at,
      project: PROJECT,
      trace: id,
      correction: label,
    })),
  );
}

/** Whom a project's YAML names. */
const named = [as(anna, 'approver'), as(otto, 'operator')].map((one, i) => ({
  ...one,
  id: [anna, otto][i]!.id,
}));
const options = (cut = Date.now(), of = named) => ({config, people: of, rows: 400, rowKey: ROW_KEY, cut});
const standings = (cut?: number) => feedbackStandings(stores, options(cut));
const waiting = async (cut?: number) =>
  (await standings(cut)).flatMap(({record, standing}) => (standing === 'waits' ? [record] : []));
const said = (until = Date.now(), of = named) => reviewedFeedback(stores, PROJECT, {people: of, until});

const signedBy =
  (who: TestPerson, change: Partial<ActPayload> = {}) =>
  (about: Record<string, string>) =>
    proved(who, {project: PROJECT, act: 'review', about, ...change});
function review(records: readonly FeedbackRecord[], accept: boolean, by = anna, sign: Sign = signedBy(by)) {
  const decisions = records.map((record) => ({record, accept}));
  return reviewFeedback(stores, {project: PROJECT, by: by.name, decisions, sign});
}

test('what waits is what the split gives to the golden set; what was accepted or rejected waits no more', async () => {
  await corrections();
  const all = await waiting();
  expect(all.length).toBeGreaterThan(10);
  expect(all.length).toBeLessThan(30);
  expect(await review(all.slice(0, 3), true)).toEqual({entry: 0, accepted: 3, rejected: 0});
  expect(await review(all.slice(3, 5), false)).toEqual({entry: 1, accepted: 0, rejected: 2});
  expect(await waiting()).toEqual(all.slice(5));
  const {records, leftOut} = await feedbackOf(stores, options());
  expect(records.filter(({reviewed}) => reviewed).map(({id}) => id)).toEqual(
    all.slice(0, 3).map(({id}) => id),
  );
  expect(leftOut.map(({record, rule}) => [record.id, rule])).toEqual(
    all.slice(3, 5).map(({id}) => [id, 'feedback_rejected']),
  );
});

test('any record can be rejected, also one that is only learned from, and an accepted one be taken back', async () => {
  await corrections();
  const of = async (wanted: Standing) =>
    (await standings()).flatMap(({record, standing}) => (standing === wanted ? [record] : []));
  const [waits, trains] = [(await waiting())[0]!, (await of('trains'))[0]!];
  await review([waits], true);
  expect((await of('accepted')).map(({id}) => id)).toEqual([waits.id]);
  await review([waits, trains], false);
  const ids = [waits.id, trains.id].sort((a, b) => (a < b ? -1 : 1));
  expect((await of('rejected')).map(({id}) => id)).toEqual(ids);
  expect((await feedbackOf(stores, options())).leftOut.map(({record}) => record.id)).toEqual(ids);
  expect(await of('accepted')).toEqual([]);
});

test('the latest word counts, and one of after the cut does not', async () => {
  await corrections();
  const [one] = await waiting();
  await review([one!], false);
  const between = Date.now();
  while (Date.now() === between) await new Promise(setImmediate);
  await review([one!], true, anna, signedBy(anna, {comment: 'looked again'}));
  expect([...(await said()).values()]).toEqual([true]);
  expect([...(await said(between)).values()]).toEqual([false]);
  expect([...(await said(START)).values()]).toEqual([]);
});

test('a record that has become another since nobody has seen: it waits again', async () => {
  await corrections('ham');
  const all = await waiting();
  await review(all, true);
  expect(await waiting()).toEqual([]);
  // The same rows, with the other class as the right answer.
  await corrections('spam', HOUR);
  expect((await waiting()).map(({id, label}) => [id, label])).toEqual(all.map(({id}) => [id, 'spam']));
});

test('a rotated key that ended long ago still names its records by the first of its line', async () => {
  const [first, second] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'] as const;
  await stores.objects.put(
    `gateway-keys/${PROJECT}.json`,
    JSON.stringify({v: 1, project: PROJECT, keys: [], former: {[second]: first}}),
  );
  await corrections('ham', 0, second);
  const {records} = await feedbackOf(stores, options());
  expect(records.map(({id, key}) => [id, key])).toContainEqual([`${first}:order/1`, first]);
});

test('a review holds between one and the most records', async () => {
  // Part of the format: older readers refuse a longer one.
  expect(MOST_REVIEWED).toBe(10_000);
  await expect(review([], true)).rejects.toThrow(`a review holds 1 to ${MOST_REVIEWED} records, got 0`);
  const many = Array.from({length: MOST_REVIEWED + 1}, (_, i) => record(`order/${i}`));
  await expect(review(many, true)).rejects.toThrow(`got ${MOST_REVIEWED + 1}`);
  expect(await review(many.slice(1), true)).toMatchObject({accepted: MOST_REVIEWED});
  expect((await said()).size).toBe(MOST_REVIEWED);
});

function record(id: string): FeedbackRecord {
  return {id, label: 'ham', fields: {text: id}, key: null, unit: '', reviewed: false};
}

const NOBODY = () => undefined;
describe.each([
  ['ratchet.yaml alone names people', async () => undefined],
  ['an admin signed a policy', () => enter(stores, policyOfTest())],
])('%s', (_, begin) => {
  beforeEach(async () => void (await begin()));

  test.each<[string, () => Promise<unknown>]>([
    ['nobody signed', () => review([record('a')], true, anna, NOBODY)],
    ['who may not approve', () => review([record('a')], true, otto)],
    ['a stranger', () => review([record('a')], true, person('mallory'))],
    ['who signed something else', () => review([record('a')], true, anna, signedBy(anna, {act: 'promote'}))],
    [
      'who signed for another project',
      () => review([record('a')], true, anna, signedBy(anna, {project: 'x'})),
    ],
    [
      'who signed another review',
      () => review([record('a')], true, anna, () => signedBy(anna)({review: 'c'.repeat(64)})),
    ],
    [
      'whose signature is another’s',
      () => review([record('a')], true, anna, (about) => ({...signedBy(otto)(about), publicKey: anna.key})),
    ],
    [
      'whose signature names a key that is not its own',
      () =>
        review([record('a')], true, anna, (about) => {
          const payload = {...signedBy(anna)(about).payload};
          return {payload, signature: signValue(payload, otto.privateKey), publicKey: otto.key};
        }),
    ],
  ])('%s: the review counts nothing', async (_, write) => {
    await write();
    expect((await said()).size).toBe(0);
    await review([record('a')], true);
    expect((await said()).size).toBe(1);
  });

  test('one that is written twice, or again with other spare bits, counts once: a later word stays', async () => {
    await review([record('a')], true);
    await review([record('a')], false);
    const entries = [];
    for await (const entry of stores.audit(PROJECT).entries()) entries.push(entry);
    const first = entries.find(({kind}) => kind === 'feedback_review')!;
    const signed = first.data['signed'] as {signature: string};
    for (const signature of [signed.signature, twin(signed.signature)])
      await stores.audit(PROJECT).append({
        kind: first.kind,
        actor: first.actor,
        data: {...first.data, signed: {...signed, signature}},
      });
    expect([...(await said()).values()]).toEqual([false]);
  });

  test('a document that was put in the place of what was signed is not read', async () => {
    const other = await stores.artifacts.putJson({v: 1, project: PROJECT, decisions: []});
    await review([record('a')], true);
    const entries = [];
    for await (const entry of stores.audit(PROJECT).entries()) entries.push(entry);
    const {kind, actor, data} = entries.at(-1)!;
    // The reference is outside the signature; what it points to is not.
    await review([record('b')], true);
    await stores.audit(PROJECT).append({kind, actor, data: {...data, ref: other}});
    expect((await said()).size).toBe(2);
  });
});

test('behind a policy, one that does not hold is a break of the chain', async () => {
  await enter(stores, policyOfTest());
  await review([record('a')], true);
  expect((await verifyAudit(stores, PROJECT)).breaks).toEqual([]);
  await review([record('a')], true, eve);
  await review([record('b')], true, ben, NOBODY);
  expect((await verifyAudit(stores, PROJECT)).breaks.map(({reason}) => reason)).toEqual([
    expect.stringMatching(/^it is signed by somebody who might not: eve has the role viewer/),
    'it is not signed, though the policy in force names people',
  ]);
});
