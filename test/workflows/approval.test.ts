import {generateKeyPairSync} from 'node:crypto';
import type {KeyObject} from 'node:crypto';
import {WorkflowUpdateFailedError} from '@temporalio/client';
import type {WorkflowHandleWithFirstExecutionRunId} from '@temporalio/client';
import type {WorkflowBundleWithSourceMap} from '@temporalio/worker';
import {ApplicationFailure} from '@temporalio/common';
import {afterEach, beforeAll, describe, expect, it} from 'vitest';
import * as approvalActivities from '../../activities/approval/decide.ts';
import {signAct} from '../../core/access/signed-act.ts';
import {keyId, rawPublicKey, signDecision} from '../../core/approval/signature.ts';
import type {ActPayload} from '../../schemas/access.ts';
import type {
  ApprovalInput,
  ApprovalResult,
  Approver,
  DecisionPayload,
  SignedDecision,
} from '../../schemas/approval.ts';
import type {AuditEntry} from '../../schemas/audit.ts';
import {DECIDE, STANDING} from '../../schemas/messages.ts';
import type {ApprovalStanding, DecideReply, StandingArgument} from '../../schemas/messages.ts';
import {approvalWorkflowId} from '../../schemas/names.ts';
import {projectOf, registered} from './project-of.ts';
import type {TestProject} from './project-of.ts';
import {record} from './record.ts';
import {bundleOf, newProject, startWorkers} from './workers-of.ts';
import type {TestWorkers} from './workers-of.ts';

interface Person {
  readonly name: string;
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: Uint8Array;
}

function person(name: string): Person {
  const {privateKey, publicKey} = generateKeyPairSync('ed25519');
  const raw = rawPublicKey(publicKey);
  return {name, id: keyId(raw), privateKey, publicKey: raw};
}

const anna = person('anna');
const ben = person('ben');
const viewer = person('vera');
const stranger = person('mallory');
const digests = {release: 'a1'.repeat(32), dataset: 'b2'.repeat(32), report: 'c3'.repeat(32)};
const asApprover = ({name, publicKey}: Person, ...roles: Approver['roles']): Approver => ({
  name,
  key: `ed25519:${Buffer.from(publicKey).toString('base64')}`,
  roles: roles.length > 0 ? roles : ['approver'],
});

let bundle: WorkflowBundleWithSourceMap;
let workers: TestWorkers;
let project: TestProject;

beforeAll(async () => {
  bundle = await bundleOf('approval');
}, 120_000);

afterEach(async () => {
  await workers.stop();
  await project.remove();
});

type Handle = WorkflowHandleWithFirstExecutionRunId<(input: ApprovalInput) => Promise<ApprovalResult>>;

async function ask(
  change: Partial<ApprovalInput> = {},
  people: Approver[] = [asApprover(anna), asApprover(ben), asApprover(viewer, 'viewer')],
): Promise<{handle: Handle; payload: DecisionPayload}> {
  const name = newProject();
  project = await projectOf(name);
  await configure(people);
  workers = await startWorkers({
    ...{bundle, project: name},
    activities: () => registered(approvalActivities, project.context),
  });
  const {client, queue} = workers;
  const input: ApprovalInput = {
    project: name,
    runId: `lifecycle/${name}/x`,
    digests,
    verdict: 'pass',
    startedBy: 'someone',
    starterKey: '',
    required: 1,
    starterMayApprove: false,
    timeoutMs: 3_600_000,
    reminderMs: 1_800_000,
    ...change,
  };
  const handle: Handle = await client.workflow.start('approval', {
    taskQueue: queue,
    workflowId: approvalWorkflowId(input.runId),
    args: [input],
  });
  const payload: DecisionPayload = {
    v: 1,
    project: name,
    action: 'approve',
    digests,
    run: handle.firstExecutionRunId,
    key: anna.id,
    comment: 'looks right',
    expiry: new Date(Date.now() + 3_600_000).toISOString(),
  };
  return {handle, payload};
}

const configure = (approvers: Approver[]): Promise<void> => project.write({approval: {approvers}});

/** Sends with Temporal's own client, as anybody could. */
const update = (handle: Handle, argument: unknown): Promise<DecideReply> =>
  handle.executeUpdate<DecideReply, [unknown]>(DECIDE, {args: [argument]});

async function refusal(sent: Promise<unknown>): Promise<string> {
  const error = await sent.then(
    () => new Error('it was accepted'),
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
  const cause = (error as WorkflowUpdateFailedError).cause;
  expect(cause).toBeInstanceOf(ApplicationFailure);
  expect((cause as ApplicationFailure).type).toBe('DecisionRefused');
  return (cause as ApplicationFailure).message;
}

async function details(handle: Handle): Promise<string> {
  const metadata = await handle.query<{currentDetails?: string}>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

const standing = (handle: Handle, ...asked: [StandingArgument?]): Promise<ApprovalStanding> =>
  handle.query<ApprovalStanding, [StandingArgument?]>(STANDING, ...asked);

const status = async (handle: Handle): Promise<string> => (await handle.describe()).status.name;
const audited = (): Promise<AuditEntry[]> => project.audited();
const counted = async (): Promise<string[]> =>
  (await audited()).filter(({kind}) => kind === 'decision').map(({actor}) => actor);

describe('a signed Update', () => {
  it('approves, is audited with payload and signature, and ends the approval', async () => {
    const {handle, payload} = await ask();
    const decision = signDecision(payload, anna.privateKey);
    expect(await update(handle, decision)).toEqual({
      status: 'counted',
      outcome: 'approved',
      approvals: 1,
      required: 1,
    });
    const result = await handle.result();
    await record(handle, 'approval-approved');
    expect(result).toMatchObject({
      status: 'approved',
      digests,
      decisions: [{action: 'approve', by: 'anna', key: anna.id, comment: 'looks right'}],
    });
    expect((await audited()).map(({kind, actor}) => [kind, actor])).toEqual([
      ['decision', 'anna'],
      ['approval', 'anna'],
    ]);
    expect((await audited())[0]!.data).toMatchObject({payload, signature: decision.signature});
    expect((await audited())[1]!.data).toMatchObject({
      status: 'approved',
      digests,
      run: handle.firstExecutionRunId,
    });
  });

  it('rejects with its comment', async () => {
    const {handle, payload} = await ask({required: 2});
    await update(handle, signDecision({...payload, action: 'reject', comment: 'too curt'}, anna.privateKey));
    expect(await handle.result()).toMatchObject({status: 'rejected', comment: 'too curt'});
    await record(handle, 'approval-rejected');
  });

  it('counts the same signed payload once, and an approver once', async () => {
    const {handle, payload} = await ask({required: 2});
    const decision = signDecision(payload, anna.privateKey);
    expect((await update(handle, decision)).status).toBe('counted');
    expect(await update(handle, decision)).toEqual({
      status: 'duplicate',
      outcome: 'pending',
      approvals: 1,
      required: 2,
    });
    const again = signDecision({...payload, comment: 'again'}, anna.privateKey);
    expect(await update(handle, again)).toMatchObject({status: 'duplicate', approvals: 1});
    expect(await counted()).toEqual(['anna']);
    expect(await update(handle, signDecision({...payload, key: ben.id}, ben.privateKey))).toMatchObject({
      outcome: 'approved',
      approvals: 2,
    });
    expect((await handle.result()).decisions.map(({by}) => by)).toEqual(['anna', 'ben']);
    await record(handle, 'approval-by-two');
  });

  it('sent five times at once is verified and counted once', async () => {
    const {handle, payload} = await ask({required: 2});
    const decision = signDecision(payload, anna.privateKey);
    const replies = await Promise.all(Array.from({length: 5}, () => update(handle, decision)));
    expect(replies.filter((reply) => reply.status === 'counted')).toHaveLength(1);
    expect(replies.every((reply) => reply.approvals === 1)).toBe(true);
    expect(await counted()).toEqual(['anna']);
  });

  it('counts after the workflow worker was replaced, from the history alone', async () => {
    const {handle, payload} = await ask({required: 2});
    await update(handle, signDecision(payload, anna.privateKey));
    await workers.replaceWorkflowWorker();
    await update(handle, signDecision({...payload, key: ben.id}, ben.privateKey));
    expect((await handle.result()).decisions.map(({by}) => by)).toEqual(['anna', 'ben']);
  });
});

describe('nothing moves on an Update that is', () => {
  const nothingMoved = async (handle: Handle): Promise<void> => {
    expect(await counted()).toEqual([]);
    expect(await status(handle)).toBe('RUNNING');
  };

  it('unsigned, or of any other shape', async () => {
    const {handle, payload} = await ask();
    const decision = signDecision(payload, anna.privateKey);
    const garbage: unknown[] = [
      undefined,
      null,
      7,
      'approve',
      [],
      {},
      {payload},
      {payload, signature: ''},
      {payload, signature: 'not base64 of 64 bytes'},
      {payload: null, signature: decision.signature},
      {payload: {...payload, digests: null}, signature: decision.signature},
      {payload: {...payload, digests: {release: 1}}, signature: decision.signature},
      {payload: {...payload, v: 2}, signature: decision.signature},
      {payload: {...payload, extra: true}, signature: decision.signature},
      {payload: {...payload, comment: 'x'.repeat(2001)}, signature: decision.signature},
      {payload: {...payload, expiry: 'tomorrow'}, signature: decision.signature},
      {payload: {...payload, expiry: '2999-02-30T00:00:00Z'}, signature: decision.signature},
      {payload: {...payload, comment: 'a lone \ud800 surrogate'}, signature: decision.signature},
      {...decision, extra: 1},
    ];
    for (const argument of garbage) {
      expect(await refusal(update(handle, argument))).toMatch(/^not a signed decision: /);
    }
    await nothingMoved(handle);
    expect(await audited()).toEqual([]);
    expect((await update(handle, decision)).outcome).toBe('approved');
  });

  it('forged: signed by another key, or changed after it was signed', async () => {
    const {handle, payload} = await ask();
    const byMallory = signDecision({...payload, key: stranger.id}, stranger.privateKey);
    const forged: SignedDecision = {payload, signature: byMallory.signature};
    expect(await refusal(update(handle, forged))).toMatch(/^the signature is not by key .* \(anna\)/);
    const changed = {...signDecision({...payload, action: 'reject'}, anna.privateKey), payload};
    expect(await refusal(update(handle, changed))).toMatch(/^the signature is not by key/);
    expect(await refusal(update(handle, byMallory))).toMatch(/is not among the project's approvers/);
    await nothingMoved(handle);
    expect((await audited()).map(({kind}) => kind)).toEqual(['decision_refused', 'decision_refused']);
    expect((await audited())[0]).toMatchObject({actor: 'key of anna', data: {key: anna.id}});
  });

  it('replayed from another run, project or candidate', async () => {
    const {handle, payload} = await ask();
    const sign = (change: Partial<DecisionPayload>): SignedDecision =>
      signDecision({...payload, ...change}, anna.privateKey);
    const run = '0198c0de-0000-7000-8000-000000000000';
    expect(await refusal(update(handle, sign({run})))).toMatch(/^signed for run/);
    expect(await refusal(update(handle, sign({project: 'another'})))).toMatch(/^signed for project/);
    for (const part of ['release', 'dataset', 'report'] as const) {
      const sent = sign({digests: {...digests, [part]: 'dd'.repeat(32)}});
      expect(await refusal(update(handle, sent))).toMatch(`digest of the ${part} is dddddddddddd…`);
    }
    await nothingMoved(handle);
    expect(await audited()).toEqual([]);
  });

  it('the opposite action after a decision, by the same approver or after the end', async () => {
    const {handle, payload} = await ask({required: 2});
    await update(handle, signDecision(payload, anna.privateKey));
    const opposite = signDecision({...payload, action: 'reject'}, anna.privateKey);
    expect(await refusal(update(handle, opposite))).toMatch(/has already decided to approve/);
    expect(await counted()).toEqual(['anna']);
    expect(await status(handle)).toBe('RUNNING');
  });

  it('stale: past the expiry that was signed', async () => {
    const {handle, payload} = await ask();
    const stale = signDecision({...payload, expiry: '2002-12-03T11:46:36Z'}, anna.privateKey);
    expect(await refusal(update(handle, stale))).toMatch(/^the signature expired at 2002-12-03T11:46:36Z/);
    await nothingMoved(handle);
  });

  it('by a revoked key: current keys count, not those of the start', async () => {
    const {handle, payload} = await ask();
    await expect.poll(() => details(handle), {timeout: 30_000}).toContain('anna');
    await configure([asApprover(ben)]);
    const decision = signDecision(payload, anna.privateKey);
    expect(await refusal(update(handle, decision))).toMatch(/is not among the project's approvers now/);
    await nothingMoved(handle);
    // …and the other way round: a key that was added while the approval waits does count.
    await configure([asApprover(stranger)]);
    const added = signDecision({...payload, key: stranger.id}, stranger.privateKey);
    expect((await update(handle, added)).outcome).toBe('approved');
  });

  it('by somebody without the role, as long as the project does not give it', async () => {
    const {handle, payload} = await ask();
    await expect.poll(() => details(handle), {timeout: 30_000}).toContain('anna');
    const decision = signDecision({...payload, key: viewer.id}, viewer.privateKey);
    expect(await refusal(update(handle, decision))).toMatch(
      /\(vera\) has the roles viewer, expected approver/,
    );
    await nothingMoved(handle);
    await configure([asApprover(viewer)]);
    expect((await update(handle, decision)).outcome).toBe('approved');
  });
});

describe('the one who started the run', () => {
  it('cannot be its only approver, whether known by key or by name', async () => {
    const {handle, payload} = await ask({starterKey: anna.id, startedBy: 'ben'});
    await expect.poll(() => details(handle), {timeout: 30_000}).toContain('anna');
    for (const [who, name] of [
      [anna, 'anna'],
      [ben, 'ben'],
    ] as const) {
      const own = signDecision({...payload, key: who.id}, who.privateKey);
      expect(await refusal(update(handle, own))).toMatch(
        `${name} started this run and cannot be its only approver`,
      );
    }
    expect(await counted()).toEqual([]);
    await configure([asApprover(anna), asApprover(ben), asApprover(stranger)]);
    const other = signDecision({...payload, key: stranger.id}, stranger.privateKey);
    expect((await update(handle, other)).outcome).toBe('approved');
  });

  it('can be one of two', async () => {
    const {handle, payload} = await ask({starterKey: anna.id, required: 2});
    expect(await update(handle, signDecision(payload, anna.privateKey))).toMatchObject({approvals: 1});
    await update(handle, signDecision({...payload, key: ben.id}, ben.privateKey));
    expect((await handle.result()).status).toBe('approved');
  });

  it('may reject, and may approve where the project says so', async () => {
    const {handle, payload} = await ask({starterKey: anna.id});
    await update(handle, signDecision({...payload, action: 'reject'}, anna.privateKey));
    expect((await handle.result()).status).toBe('rejected');
    await workers.stop();
    await project.remove();
    const second = await ask({starterKey: anna.id, starterMayApprove: true});
    await update(second.handle, signDecision(second.payload, anna.privateKey));
    expect((await second.handle.result()).status).toBe('approved');
  });
});

describe('M of N', () => {
  const [eve, carl] = [person('eve'), person('carl')];
  const team = [anna, ben, eve, carl].map((one) => asApprover(one));
  const by = (who: Person, payload: DecisionPayload, action: 'approve' | 'reject' = 'approve') =>
    signDecision({...payload, key: who.id, action}, who.privateKey);

  it('each group has to reach its number; the details say whose word is missing', async () => {
    const quorum = [
      {of: ['anna', 'ben', 'eve'], required: 2},
      {of: ['carl'], required: 1},
    ];
    const {handle, payload} = await ask({quorum}, team);
    expect((await update(handle, by(anna, payload))).outcome).toBe('pending');
    const text = await details(handle);
    expect(text).toContain('- of anna, ben, eve: 1 of 2; still to decide: ben, eve');
    expect(text).toContain('- of carl: 0 of 1; still to decide: carl');
    expect((await standing(handle)).needed).toEqual([
      {of: ['anna', 'ben', 'eve'], have: 1, need: 2, missing: 1, from: ['ben', 'eve']},
      {of: ['carl'], have: 0, need: 1, missing: 1, from: ['carl']},
    ]);
    expect((await update(handle, by(carl, payload))).outcome).toBe('pending');
    expect((await update(handle, by(eve, payload))).outcome).toBe('approved');
    await handle.result();
    expect(await standing(handle)).toMatchObject({outcome: 'approved', needed: []});
    await record(handle, 'approval-by-quorum');
  });

  it('counts a person with two keys once', async () => {
    const second = {...person('anna'), name: 'anna'};
    const {handle, payload} = await ask({required: 2}, [...team, asApprover(second)]);
    await update(handle, by(anna, payload));
    expect(await update(handle, by(second, payload))).toMatchObject({status: 'duplicate', approvals: 1});
    expect((await update(handle, by(ben, payload))).outcome).toBe('approved');
  });

  it('asks others once nobody decided for so long: not before, and audited', async () => {
    const escalation = [{afterMs: 4_000, to: ['carl']}];
    const {handle, payload} = await ask({escalation, quorum: [{of: ['anna', 'ben'], required: 1}]}, team);
    expect(await refusal(update(handle, by(carl, payload)))).toMatch(
      /^carl may decide from 2.* others are asked first$/,
    );
    expect(await details(handle)).toMatch(/more people may decide from 2.* on: carl/);
    const {since, escalation: steps, needed} = await standing(handle);
    const from = new Date(Date.parse(since) + 4_000).toISOString();
    expect(steps).toEqual([{from, to: ['carl'], due: false}]);
    expect(needed.map((group) => group.from)).toEqual([
      ['anna', 'ben', 'eve'],
      ['anna', 'ben'],
    ]);
    await expect
      .poll(() => details(handle), {timeout: 30_000, interval: 200})
      .toContain('may decide too by now: carl');
    await expect
      .poll(async () => (await audited()).map(({kind}) => kind), {timeout: 30_000})
      .toContain('escalation');
    const {escalation: told, needed: later} = await standing(handle);
    expect(told).toEqual([{from, to: ['carl'], due: true}]);
    expect(later.map((group) => group.from)).toEqual([
      ['anna', 'ben', 'carl', 'eve'],
      ['anna', 'ben', 'carl'],
    ]);
    // Signed anew: the one that came too early was refused for good.
    expect((await update(handle, by(carl, {...payload, comment: 'in their place'}))).outcome).toBe(
      'approved',
    );
    await handle.result();
    await record(handle, 'approval-escalated');
    expect((await audited()).find(({kind}) => kind === 'escalation')!.data).toMatchObject({to: ['carl']});
  });

  async function delegated(from: Person, to: string, until: string): Promise<void> {
    const payload: ActPayload = {
      ...{v: 1, project: project.context.project, act: 'delegate', key: from.id, comment: ''},
      ...{about: {to, until}, expiry: '2036-01-01T00:00:00Z'},
    };
    const publicKey = `ed25519:${Buffer.from(from.publicKey).toString('base64')}`;
    const signed = {...signAct(payload, from.privateKey), publicKey};
    const chain = project.context.stores.audit(project.context.project);
    await chain.append({kind: 'delegation', actor: from.name, data: {signed}});
  }

  it('a delegate decides in the delegator’s place, and counts once with them', async () => {
    const {handle, payload} = await ask({required: 2});
    expect(await refusal(update(handle, by(viewer, payload)))).toMatch(
      /expected approver, and nobody has delegated/,
    );
    await delegated(anna, 'vera', '2036-01-01T00:00:00Z');
    const signed = by(viewer, {...payload, comment: 'for anna'});
    expect(await update(handle, signed)).toMatchObject({status: 'counted', outcome: 'pending', approvals: 1});
    expect(await details(handle)).toContain('vera: **approve**');
    expect(await details(handle)).toContain('in the place of anna');
    expect(await standing(handle)).toMatchObject({
      decisions: [{action: 'approve', by: 'vera', standsFor: ['anna'], comment: 'for anna'}],
      needed: [{of: null, have: 1, need: 2, missing: 1, from: ['ben']}],
      delegations: [{of: 'anna', to: 'vera', until: '2036-01-01T00:00:00Z'}],
    });
    const after = {at: Date.parse('2036-01-01T00:00:00Z')};
    expect((await standing(handle, after)).delegations).toEqual([]);
    expect((await update(handle, by(anna, payload))).outcome).toBe('pending');
    expect((await update(handle, by(ben, payload))).outcome).toBe('approved');
    await handle.result();
    await record(handle, 'approval-delegated');
  });

  it('a delegation that is over, that a viewer gave, or that was passed on is worth nothing', async () => {
    const {handle, payload} = await ask({}, [
      ...team,
      asApprover(viewer, 'viewer'),
      asApprover(stranger, 'viewer'),
    ]);
    await delegated(anna, 'vera', '2026-01-01T00:00:00Z');
    expect(await refusal(update(handle, by(viewer, payload)))).toMatch(/nobody has delegated to vera/);
    await delegated(viewer, 'mallory', '2036-01-01T00:00:00Z');
    expect(await refusal(update(handle, by(stranger, payload)))).toMatch(/nobody has delegated to mallory/);
    expect(await counted()).toEqual([]);
  });

  it('who started the run does not approve it alone by a delegate', async () => {
    const {handle, payload} = await ask({startedBy: 'anna', starterKey: anna.id});
    await delegated(anna, 'vera', '2036-01-01T00:00:00Z');
    expect(await refusal(update(handle, by(viewer, payload)))).toMatch(/cannot be its only approver/);
    expect((await update(handle, by(ben, payload))).outcome).toBe('approved');
  });
});

describe('the same decision as a Signal', () => {
  const signal = (handle: Handle, argument: unknown): Promise<void> => handle.signal(DECIDE, argument);

  it('approves', async () => {
    const {handle, payload} = await ask();
    await signal(handle, signDecision(payload, anna.privateKey));
    expect(await handle.result()).toMatchObject({status: 'approved', decisions: [{by: 'anna'}]});
    expect(await details(handle)).toMatch(/^\*\*Approved\.\*\*/);
  });

  it('is refused like an Update, and says so in the current details', async () => {
    const {handle, payload} = await ask();
    const good = signDecision(payload, anna.privateKey);
    const byMallory = signDecision({...payload, key: stranger.id}, stranger.privateKey);
    const sent: [unknown, RegExp][] = [
      [undefined, /not a signed decision: expected an object/],
      [{payload, signature: 'AAAA'}, /not a signed decision: signature: expected the base64/],
      [{payload, signature: byMallory.signature}, /the signature is not by key/],
      [signDecision({...payload, run: 'another'}, anna.privateKey), /signed for run "another"/],
      [
        signDecision({...payload, expiry: '2002-12-03T11:46:36Z'}, anna.privateKey),
        /the signature expired at/,
      ],
    ];
    for (const [argument, reason] of sent) {
      await signal(handle, argument);
      await expect.poll(() => details(handle), {timeout: 30_000, interval: 100}).toMatch(reason);
    }
    expect(await counted()).toEqual([]);
    expect(await status(handle)).toBe('RUNNING');
    await signal(handle, good);
    expect((await handle.result()).status).toBe('approved');
    await record(handle, 'approval-refusals-by-signal');
  });
});

describe('a project whose approvers cannot be read', () => {
  it('says so and goes on waiting; the next decision reads them again', async () => {
    const {handle, payload} = await ask();
    await expect.poll(() => details(handle), {timeout: 30_000}).toContain('anna');
    await configure([{...asApprover(anna), key: 'file:anna.pem'}]);
    const decision = signDecision(payload, anna.privateKey);
    await handle.signal(DECIDE, decision);
    await expect
      .poll(() => details(handle), {timeout: 30_000})
      .toMatch(/could not be checked: approval.approvers: key of anna: cannot read \/.*anna.pem \(ENOENT\)/);
    await expect(update(handle, decision)).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
    expect(await status(handle)).toBe('RUNNING');
    await configure([asApprover(anna)]);
    expect((await update(handle, decision)).outcome).toBe('approved');
  });
});

describe('time', () => {
  it('reminds, then expires; a decision afterwards finds nobody', async () => {
    const {handle, payload} = await ask({timeoutMs: 4_000, reminderMs: 1_500});
    expect(await handle.result()).toMatchObject({status: 'expired', decisions: []});
    await record(handle, 'approval-expired');
    const {events} = await handle.fetchHistory();
    const reminders = events?.filter(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'remindApprovers',
    );
    expect(reminders?.length).toBeGreaterThanOrEqual(1);
    expect((await audited()).map(({kind, data}) => [kind, data['status']])).toEqual([
      ['approval', 'expired'],
    ]);
    await expect(update(handle, signDecision(payload, anna.privateKey))).rejects.toThrow();
    expect(await counted()).toEqual([]);
  });
});

describe('what people see', () => {
  it('names digests, deadline, approvers and the command to type', async () => {
    const {handle} = await ask();
    await expect.poll(() => details(handle), {timeout: 30_000}).toContain('anna');
    const text = await details(handle);
    expect(text).toContain('`a1a1a1a1a1a1`');
    expect(text).toContain('dataset `b2b2b2b2b2b2`, report `c3c3c3c3c3c3`');
    expect(text).toContain('0 of 1 approvals; deadline 2');
    expect(text).toContain('ratchet approve a1a1a1a1a1a1 --comment');
    expect(text).not.toContain('vera');
    const {typedSearchAttributes} = await handle.describe();
    expect(
      Object.fromEntries(typedSearchAttributes.getAll().map(({key, value}) => [key.name, value])),
    ).toMatchObject({
      RatchetProject: project.context.project,
      RatchetStage: 'approval',
      RatchetRelease: digests.release,
      RatchetDataset: digests.dataset,
      RatchetVerdict: 'pass',
    });
    expect(await handle.query('progress')).toMatchObject({stage: 'approval', done: 0, total: 1});
    const begun = (await handle.describe()).startTime.getTime();
    const now = await standing(handle);
    expect(now).toEqual({
      release: digests.release,
      run: `lifecycle/${project.context.project}/x`,
      startedBy: 'someone',
      since: new Date(begun).toISOString(),
      until: expect.any(String) as string,
      outcome: null,
      decisions: [],
      needed: [{of: null, have: 0, need: 1, missing: 1, from: ['anna', 'ben']}],
      escalation: [],
      delegations: [],
    });
    // From its first step on, which comes a moment later.
    expect(await details(handle)).toContain(`deadline ${now.until}`);
    // By the people whom the asker has read, since a workflow reads them only when it has to.
    const keys = [{id: stranger.id, name: 'mallory', roles: ['approver']}];
    expect((await standing(handle, {keys})).needed[0]!.from).toEqual(['mallory']);
  });
});
