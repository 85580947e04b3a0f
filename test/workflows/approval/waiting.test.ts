import {WorkflowUpdateFailedError} from '@temporalio/client';
import {describe, expect, it} from 'vitest';
import {signDecision} from '../../../core/approval/signature.ts';
import {DECIDE} from '../../../schemas/messages.ts';
import {details} from '../details.ts';
import {record} from '../record.ts';
import {anna, approvalBed, asApprover, digests, standing, status, stranger, update} from './approval-bed.ts';

const bed = approvalBed();

describe('a project whose approvers cannot be read', () => {
  it('says so and goes on waiting; the next decision reads them again', async () => {
    const {handle, payload} = await bed.ask();
    await expect.poll(() => details(handle), {timeout: 30_000}).toContain('anna');
    await bed.configure([{...asApprover(anna), key: 'file:anna.pem'}]);
    const decision = signDecision(payload, anna.privateKey);
    await handle.signal(DECIDE, decision);
    await expect
      .poll(() => details(handle), {timeout: 30_000})
      .toMatch(/could not be checked: approval.approvers: key of anna: cannot read \/.*anna.pem \(ENOENT\)/);
    await expect(update(handle, decision)).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
    expect(await status(handle)).toBe('RUNNING');
    await bed.configure([asApprover(anna)]);
    expect((await update(handle, decision)).outcome).toBe('approved');
  });
});

describe('time', () => {
  it('reminds, then expires; a decision afterwards finds nobody', async () => {
    const {handle, payload} = await bed.ask({timeoutMs: 4_000, reminderMs: 1_500});
    expect(await handle.result()).toMatchObject({status: 'expired', decisions: []});
    await record(handle, 'approval-expired');
    const {events} = await handle.fetchHistory();
    const reminders = events?.filter(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'remindApprovers',
    );
    expect(reminders?.length).toBeGreaterThanOrEqual(1);
    expect((await bed.audited()).map(({kind, data}) => [kind, data['status']])).toEqual([
      ['approval', 'expired'],
    ]);
    await expect(update(handle, signDecision(payload, anna.privateKey))).rejects.toThrow();
    expect(await bed.counted()).toEqual([]);
  });
});

describe('one of two approvals', () => {
  it('does not keep it from its deadline', async () => {
    const {handle, payload} = await bed.ask({required: 2, timeoutMs: 4_000, reminderMs: 3_500});
    expect((await update(handle, signDecision(payload, anna.privateKey))).outcome).toBe('pending');
    expect(await handle.result()).toMatchObject({
      status: 'expired',
      decisions: [{action: 'approve', by: 'anna'}],
    });
  });
});

describe('what people see', () => {
  it('names digests, deadline, approvers and the command to type', async () => {
    const {handle} = await bed.ask();
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
      RatchetProject: bed.project.context.project,
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
      run: `lifecycle/${bed.project.context.project}/x`,
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
