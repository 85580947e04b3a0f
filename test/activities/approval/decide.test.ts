import {writeFile} from 'node:fs/promises';
import {generateKeyPairSync} from 'node:crypto';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {
  approverKeys,
  closeApproval,
  openApproval,
  recordDecision,
  verifyDecision,
} from '../../../activities/approval/decide.ts';
import {keyId, rawPublicKey, signDecision} from '../../../core/approval/signature.ts';
import type {ApprovalInput, Approver, DecisionPayload} from '../../../schemas/approval.ts';
import {act, as, person, proved} from '../../people.ts';
import {everyApprovalIsOwn, temporalSays, type ToldExecution} from '../../temporal-says.ts';
import {projectOf, type TestProject} from '../../workflows/project-of.ts';

const anna = generateKeyPairSync('ed25519');
const annaId = keyId(rawPublicKey(anna.publicKey));
const digests = {release: 'a'.repeat(64), dataset: 'b'.repeat(64), report: 'c'.repeat(64)};
const input: ApprovalInput = {
  project: 'post',
  runId: 'lifecycle/post/x',
  digests,
  verdict: 'pass',
  startedBy: 'ben',
  starterKey: '',
  required: 1,
  starterMayApprove: false,
  timeoutMs: 60_000,
  reminderMs: 60_000,
};
const asked = {input, run: 'a-run-id', since: '2026-01-01T00:00:00.000Z'};
const payload: DecisionPayload = {
  v: 1,
  project: 'post',
  action: 'approve',
  digests,
  run: asked.run,
  key: annaId,
  comment: 'fine',
  expiry: new Date(Date.now() + 3_600_000).toISOString(),
};

let project: TestProject;
beforeEach(async () => {
  project = await projectOf('post');
  await writeFile(
    join(project.context.folder, 'anna.pub.pem'),
    anna.publicKey.export({type: 'spki', format: 'pem'}),
  );
  await approvers({name: 'anna', key: 'file:anna.pub.pem', roles: ['approver']});
});
afterEach(() => project.remove());

const approvers = (...list: Approver[]) => project.write({approval: {approvers: list}});
/** What an activity is given, where Temporal says that every approval is its run's own. */
const own = (began?: string) => ({...project.context, client: everyApprovalIsOwn(began)});
const kinds = async () => (await project.audited()).map(({kind}) => kind);

it('knows the keys that the project names now, a PEM file beside the YAML too', async () => {
  const keys = () => approverKeys({project: 'post'}, project.context);
  expect(await keys()).toEqual([{id: annaId, name: 'anna', roles: ['approver']}]);
  await approvers();
  expect(await keys()).toEqual([]);
});

it('verifies a signature by a current approver, and says who it is', async () => {
  const decision = signDecision(payload, anna.privateKey);
  expect(await verifyDecision({...asked, decision}, project.context)).toMatchObject({
    status: 'verified',
    by: 'anna',
  });
  expect(await kinds()).toEqual([]);
});

it('refuses what was changed after it was signed, audited once however often it is tried', async () => {
  const signed = signDecision(payload, anna.privateKey);
  const decision = {...signed, payload: {...payload, comment: 'changed'}};
  for (let attempt = 0; attempt < 2; attempt++)
    expect(await verifyDecision({...asked, decision}, project.context)).toMatchObject({
      status: 'refused',
      reason: `the signature is not by key ${annaId} (anna) over this payload: sign it with that key`,
    });
  expect(await kinds()).toEqual(['decision_refused']);
});

it('a retried activity audits a decision, and its end, once, with all that proves it later', async () => {
  const decision = signDecision(payload, anna.privateKey);
  const at = '2026-01-02T00:00:00.000Z';
  const counted = {action: 'approve', by: 'anna', key: annaId, at, comment: 'fine'} as const;
  for (let attempt = 0; attempt < 2; attempt++) {
    await recordDecision({...asked, decision, by: 'anna', at, refused: null}, project.context);
    await closeApproval({...asked, result: {status: 'approved', digests, decisions: [counted], at}}, own());
  }
  const entries = await project.audited();
  expect(entries.map(({kind, actor}) => [kind, actor])).toEqual([
    ['decision', 'anna'],
    ['approval', 'anna'],
  ]);
  expect(entries[0]!.data).toMatchObject({
    payload,
    signature: decision.signature,
    runId: input.runId,
    publicKey: `ed25519:${Buffer.from(rawPublicKey(anna.publicKey)).toString('base64')}`,
  });
  expect(entries[1]!.data).toMatchObject({status: 'approved', run: asked.run, digests, required: 1});
});

it('records a verified decision by the key it was verified with, though the ratchet.yaml is broken by now', async () => {
  const decision = signDecision(payload, anna.privateKey);
  const verified = await verifyDecision({...asked, decision}, project.context);
  expect(verified.status).toBe('verified');
  const {publicKey} = verified as Extract<typeof verified, {status: 'verified'}>;
  await writeFile(project.context.file, 'version: [');
  const at = '2026-01-02T00:00:00.000Z';
  await recordDecision({...asked, decision, by: 'anna', publicKey, at, refused: null}, project.context);
  expect((await project.audited())[0]!.data).toMatchObject({
    publicKey: `ed25519:${Buffer.from(rawPublicKey(anna.publicKey)).toString('base64')}`,
  });
});

it('a ratchet.yaml that is another project’s decides nothing', async () => {
  await project.write({project: 'other', approval: {approvers: []}});
  await expect(approverKeys({project: 'post'}, project.context)).rejects.toMatchObject({
    type: 'InvalidInput',
    message: expect.stringContaining('is of project other, expected post') as string,
  });
});

it('verifies whoever an approver delegated to, as deciding in that one’s place', async () => {
  const [dora, vera] = [person('dora'), person('vera')];
  await approvers(as(dora, 'approver'), as(vera, 'viewer'));
  const decision = signDecision({...payload, key: vera.id}, vera.privateKey);
  const verified = () => verifyDecision({...asked, decision}, project.context);
  expect(await verified()).toMatchObject({
    status: 'refused',
    reason: expect.stringMatching(
      /expected approver, and nobody has delegated to vera; who may: dora/,
    ) as string,
  });
  const about = {to: 'vera', until: new Date(Date.now() + 60_000).toISOString()};
  const signed = proved(dora, {project: 'post', act: 'delegate', about});
  await project.context.stores.audit('post').append({kind: 'delegation', actor: 'dora', data: {signed}});
  expect(await verified()).toMatchObject({status: 'verified', by: 'vera', own: false, standsFor: ['dora']});
});

it('records no decision whose signature does not hold by the key it comes with', async () => {
  const decision = signDecision(payload, anna.privateKey);
  const forged = {...decision, payload: {...payload, comment: 'changed'}};
  const mallory = person('mallory');
  const record = (one: typeof decision, publicKey?: string) =>
    recordDecision(
      {...asked, decision: one, by: 'anna', at: asked.since, refused: null, ...(publicKey && {publicKey})},
      project.context,
    );
  await expect(record(forged)).rejects.toMatchObject({type: 'NotPermitted'});
  await expect(record(decision, mallory.key)).rejects.toMatchObject({
    type: 'NotPermitted',
    message: `a decision of anna is not recorded: its signature is not by key ${annaId}`,
  });
  expect(await kinds()).toEqual([]);
});

describe('an approval that is not the child of its run', () => {
  const {runId} = asked.input;
  const approvalId = `approval/${runId}`;
  const lifecycle: ToldExecution = {type: 'lifecycle'};
  const child: ToldExecution = {type: 'approval', runId: asked.run, parent: [runId, 'r']};
  it.each<[string, Record<string, ToldExecution>, string]>([
    ['was started by a client', {[approvalId]: {...child, parent: undefined!}}, 'it was started by a client'],
    [
      'is a child of another run',
      {[approvalId]: {...child, parent: ['lifecycle/post/y', 'r']}},
      'it was started by lifecycle/post/y',
    ],
    ['has another run ID', {[approvalId]: {...child, runId: 'other'}}, 'Temporal knows no approval/'],
    ['is of another type', {[approvalId]: {...child, type: 'echo'}}, 'it is of type echo'],
    ['has a parent of another type', {[runId]: {type: 'echo'}}, `${runId} is of type echo`],
    ['has no parent any more', {[runId]: undefined!}, `${runId} is of type none`],
  ])('%s: it neither begins nor ends', async (_, change, reason) => {
    const known = Object.entries({[runId]: lifecycle, [approvalId]: child, ...change});
    const client = temporalSays(Object.fromEntries(known.filter(([, told]) => told !== undefined)));
    const context = {...project.context, client};
    const refusal = {
      type: 'NotPermitted',
      message: expect.stringContaining(`${approvalId} decides nothing: ${reason}`) as string,
    };
    await expect(openApproval({project: 'post', runId, run: asked.run}, context)).rejects.toMatchObject(
      refusal,
    );
    const result = {status: 'approved' as const, digests, decisions: [], at: asked.since};
    await expect(closeApproval({...asked, result}, context)).rejects.toMatchObject(refusal);
    expect(await kinds()).toEqual([]);
  });
});

it('an approval of another project’s run decides nothing here', async () => {
  const runId = 'lifecycle/other/x';
  await expect(openApproval({project: 'post', runId, run: asked.run}, own())).rejects.toMatchObject({
    type: 'NotPermitted',
  });
});

it('an approval is told of no time: when it began is what Temporal says, and it ends once', async () => {
  const began = '2026-02-03T04:05:06.000Z';
  const result = {status: 'expired' as const, digests, decisions: [], at: asked.since};
  await closeApproval({...asked, result}, own(began));
  // Later, the same approval again: as of a time in which nothing was recorded, or of one long ago.
  for (const since of ['2999-01-01T00:00:00.000Z', '2002-12-03T00:00:00.000Z'])
    await closeApproval({...asked, since, result: {...result, status: 'approved'}}, own(began));
  const entries = await project.audited();
  expect(entries.map(({kind, data}) => [kind, data['status'], data['asked']])).toEqual([
    ['approval', 'expired', began],
  ]);
});

it('a decision is recorded once, and by this clock, whatever time it is given', async () => {
  const decision = signDecision(payload, anna.privateKey);
  for (const since of [asked.since, '2999-01-01T00:00:00.000Z'])
    await recordDecision(
      {...asked, since, decision, by: 'anna', at: '2002-12-03T00:00:00.000Z', refused: null},
      project.context,
    );
  const entries = await project.audited();
  expect(entries.map(({kind}) => kind)).toEqual(['decision']);
  const at = Date.parse(String(entries[0]!.data['at']));
  expect(Math.abs(at - Date.parse(entries[0]!.at))).toBeLessThan(60_000);
});

it('who started a run is who signed its start, whatever its approval says', async () => {
  const otto = person('otto');
  const [signed, at] = [act(otto, {project: 'post', act: 'run', about: {run: input.runId}}), own()];
  const chain = project.context.stores.audit('post');
  const started = () => openApproval({project: 'post', runId: input.runId, run: asked.run}, at);
  expect(await started()).toBeNull();
  // Of another run, and one whose signature does not hold: they say nothing.
  await chain.append({
    kind: 'run_start',
    actor: 'eve',
    data: {run: 'another', signed: {...signed, publicKey: otto.key}},
  });
  await chain.append({
    kind: 'run_start',
    actor: 'eve',
    data: {run: input.runId, signed: {...signed, publicKey: person('eve').key}},
  });
  expect(await started()).toBeNull();
  const data = {run: input.runId, signed: {...signed, publicKey: otto.key}};
  await chain.append({kind: 'run_start', actor: 'ottilie', data});
  expect(await started()).toEqual({startedBy: 'ottilie', starterKey: otto.id});
  // By the name that the project gives to that key now.
  await approvers(as(otto, 'operator'));
  expect(await started()).toEqual({startedBy: 'otto', starterKey: otto.id});
});
