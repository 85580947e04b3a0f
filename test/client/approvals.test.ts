import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import type {WorkflowHandle} from '@temporalio/client';
import {afterAll, beforeAll, expect, test} from 'vitest';
import * as approvalActivities from '../../activities/approval/decide.ts';
import {ApprovalsClient} from '../../client/approvals.ts';
import {signerFromPem} from '../../client/signer.ts';
import {signDecision} from '../../core/approval/signature.ts';
import type {ApprovalInput, ApprovalResult, DecisionPayload} from '../../schemas/approval.ts';
import {DECIDE} from '../../schemas/messages.ts';
import {approvalWorkflowId} from '../../schemas/names.ts';
import {resolveEnvironment} from '../../launcher/environment.js';
import {until} from '../cli/until.ts';
import {as, person} from '../people.ts';
import {everyApprovalIsOwn} from '../temporal-says.ts';
import {temporalAddress} from '../setup/services.ts';
import {projectOf, registered, type TestProject} from '../workflows/project-of.ts';
import {bundleOf, newProject, startWorkers, type TestWorkers} from '../workflows/workers-of.ts';

const anna = person('anna');
const stranger = person('mallory');
const digests = {release: 'a1'.repeat(32), dataset: 'b2'.repeat(32), report: 'c3'.repeat(32)};
const pem = (of: typeof anna) => of.privateKey.export({type: 'pkcs8', format: 'pem'}) as string;

let project: TestProject;
let workers: TestWorkers;
let approvals: ApprovalsClient;

beforeAll(async () => {
  const name = newProject();
  project = await projectOf(name);
  await project.write({approval: {approvers: [as(anna, 'approver')]}});
  workers = await startWorkers({
    bundle: await bundleOf('approval'),
    project: name,
    activities: () => registered(approvalActivities, {...project.context, client: everyApprovalIsOwn()}),
  });
  approvals = new ApprovalsClient({client: workers.client, project: name});
}, 120_000);
afterAll(async () => {
  await workers.stop();
  await project.remove();
});

/** An approval that waits, once Temporal lists it. */
async function ask(run: string) {
  const input: ApprovalInput = {
    project: workers.project,
    runId: `lifecycle/${workers.project}/${run}`,
    digests,
    verdict: 'pass',
    startedBy: 'someone',
    starterKey: '',
    required: 1,
    starterMayApprove: false,
    timeoutMs: 3_600_000,
    reminderMs: 1_800_000,
  };
  const handle: WorkflowHandle<(input: ApprovalInput) => Promise<ApprovalResult>> =
    await workers.client.workflow.start('approval', {
      taskQueue: workers.queue,
      workflowId: approvalWorkflowId(input.runId),
      args: [input],
    });
  const listed = async () => (await approvals.waiting()).find((one) => one.workflowId === handle.workflowId);
  await until('the approval to be listed', async () => (await listed()) !== undefined);
  return {handle, waiting: (await listed())!};
}

test('an application lists what waits, and approves it with a key in PEM', async () => {
  const {handle, waiting} = await ask('approved');
  expect(waiting.input).toMatchObject({digests, verdict: 'pass', startedBy: 'someone'});
  await expect
    .poll(async () => (await approvals.standing(waiting)).needed)
    .toEqual([{of: null, have: 0, need: 1, missing: 1, from: ['anna']}]);
  expect(await approvals.approve(waiting, {key: signerFromPem(pem(anna)), comment: 'fine'})).toMatchObject({
    outcome: 'approved',
  });
  expect(await handle.result()).toMatchObject({
    status: 'approved',
    decisions: [{action: 'approve', by: 'anna', comment: 'fine'}],
  });
});

test('it rejects with a reason, and a stranger’s word is refused', async () => {
  const {handle, waiting} = await ask('rejected');
  await expect(approvals.approve(waiting, {key: signerFromPem(pem(stranger))})).rejects.toMatchObject({
    type: 'DecisionRefused',
    message: expect.stringContaining('key'),
  });
  await approvals.reject(waiting, {key: signerFromPem(pem(anna)), comment: 'subjects got worse'});
  expect(await handle.result()).toMatchObject({status: 'rejected'});
});

test('Temporal’s own CLI sends a signed decision, too', async () => {
  const {handle, waiting} = await ask('by-temporal');
  const payload: DecisionPayload = {
    v: 1,
    project: workers.project,
    action: 'approve',
    digests,
    run: waiting.runId,
    key: anna.id,
    comment: 'by temporal',
    expiry: new Date(Date.now() + 3_600_000).toISOString(),
  };
  const input = JSON.stringify(signDecision(payload, anna.privateKey));
  const args = ['workflow', 'update', 'execute', '--name', DECIDE, '--workflow-id', handle.workflowId];
  const {stdout} = await promisify(execFile)(resolveEnvironment().temporal!, [
    ...args,
    '--input',
    input,
    '--output',
    'json',
    '--address',
    temporalAddress(),
  ]);
  expect(stdout).toContain('approved');
  expect(await handle.result()).toMatchObject({status: 'approved', decisions: [{comment: 'by temporal'}]});
});

test('what is no Ed25519 key is refused before anything is sent', () => {
  expect(() => signerFromPem('no key')).toThrow('expected an Ed25519 private key in PEM');
  expect(signerFromPem(pem(anna)).id).toBe(anna.id);
});
