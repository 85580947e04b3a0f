import {writeFile} from 'node:fs/promises';
import {generateKeyPairSync} from 'node:crypto';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, it} from 'vitest';
import {
  approverKeys,
  closeApproval,
  recordDecision,
  verifyDecision,
} from '../../../activities/approval/decide.ts';
import {keyId, rawPublicKey, signDecision} from '../../../core/approval/signature.ts';
import type {ApprovalInput, Approver, DecisionPayload} from '../../../schemas/approval.ts';
import {projectOf, type TestProject} from '../../workflows/project-of.ts';

const anna = generateKeyPairSync('ed25519');
const annaId = keyId(rawPublicKey(anna.publicKey));
const digests = {release: 'a'.repeat(64), dataset: 'b'.repeat(64), report: 'c'.repeat(64)};
const input: ApprovalInput = {
  ...{project: 'post', runId: 'lifecycle/post/x', digests, verdict: 'pass', startedBy: 'ben', starterKey: ''},
  ...{required: 1, starterMayApprove: false, timeoutMs: 60_000, reminderMs: 60_000},
};
const asked = {input, run: 'a-run-id', since: '2026-01-01T00:00:00.000Z'};
const payload: DecisionPayload = {
  ...{v: 1, project: 'post', action: 'approve', digests, run: asked.run, key: annaId, comment: 'fine'},
  expiry: '2036-01-01T00:00:00Z',
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
    await closeApproval(
      {...asked, result: {status: 'approved', digests, decisions: [counted], at}},
      project.context,
    );
  }
  const entries = await project.audited();
  expect(entries.map(({kind, actor}) => [kind, actor])).toEqual([
    ['decision', 'anna'],
    ['approval', 'anna'],
  ]);
  expect(entries[0]!.data).toMatchObject({
    ...{payload, signature: decision.signature, runId: input.runId},
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
