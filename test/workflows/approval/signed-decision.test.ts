import {describe, expect, it} from 'vitest';
import {signDecision} from '../../../core/approval/signature.ts';
import type {DecisionPayload, SignedDecision} from '../../../schemas/approval.ts';
import {DECIDE} from '../../../schemas/messages.ts';
import {twin} from '../../people.ts';
import {details} from '../details.ts';
import {record} from '../record.ts';
import {
  anna,
  approvalBed,
  asApprover,
  ben,
  digests,
  refusal,
  status,
  stranger,
  update,
  viewer,
} from './approval-bed.ts';
import type {Handle} from './approval-bed.ts';

const bed = approvalBed();

describe('a signed Update', () => {
  it('approves, is audited with payload and signature, and ends the approval', async () => {
    const {handle, payload} = await bed.ask();
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
    expect((await bed.audited()).map(({kind, actor}) => [kind, actor])).toEqual([
      ['decision', 'anna'],
      ['approval', 'anna'],
    ]);
    expect((await bed.audited())[0]!.data).toMatchObject({payload, signature: decision.signature});
    expect((await bed.audited())[1]!.data).toMatchObject({
      status: 'approved',
      digests,
      run: handle.firstExecutionRunId,
    });
  });

  it('rejects with its comment', async () => {
    const {handle, payload} = await bed.ask({required: 2});
    await update(handle, signDecision({...payload, action: 'reject', comment: 'too curt'}, anna.privateKey));
    expect(await handle.result()).toMatchObject({status: 'rejected', comment: 'too curt'});
    await record(handle, 'approval-rejected');
  });

  it('counts the same signed payload once, and an approver once', async () => {
    const {handle, payload} = await bed.ask({required: 2});
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
    expect(await bed.counted()).toEqual(['anna']);
    expect(await update(handle, signDecision({...payload, key: ben.id}, ben.privateKey))).toMatchObject({
      outcome: 'approved',
      approvals: 2,
    });
    expect((await handle.result()).decisions.map(({by}) => by)).toEqual(['anna', 'ben']);
    await record(handle, 'approval-by-two');
  });

  it('sent five times at once is verified and counted once', async () => {
    const {handle, payload} = await bed.ask({required: 2});
    const decision = signDecision(payload, anna.privateKey);
    const replies = await Promise.all(Array.from({length: 5}, () => update(handle, decision)));
    expect(replies.filter((reply) => reply.status === 'counted')).toHaveLength(1);
    expect(replies.every((reply) => reply.approvals === 1)).toBe(true);
    expect(await bed.counted()).toEqual(['anna']);
  });

  it('counts after the workflow worker was replaced, from the history alone', async () => {
    const {handle, payload} = await bed.ask({required: 2});
    await update(handle, signDecision(payload, anna.privateKey));
    await bed.workers.replaceWorkflowWorker();
    await update(handle, signDecision({...payload, key: ben.id}, ben.privateKey));
    expect((await handle.result()).decisions.map(({by}) => by)).toEqual(['anna', 'ben']);
  });
});

describe('nothing moves on an Update that is', () => {
  const nothingMoved = async (handle: Handle): Promise<void> => {
    expect(await bed.counted()).toEqual([]);
    expect(await status(handle)).toBe('RUNNING');
  };

  it('unsigned, or of any other shape', async () => {
    const {handle, payload} = await bed.ask();
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
      {payload, signature: twin(decision.signature)},
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
    expect(await bed.audited()).toEqual([]);
    expect((await update(handle, decision)).outcome).toBe('approved');
  });

  it('forged: signed by another key, or changed after it was signed', async () => {
    const {handle, payload} = await bed.ask();
    const byMallory = signDecision({...payload, key: stranger.id}, stranger.privateKey);
    const forged: SignedDecision = {payload, signature: byMallory.signature};
    expect(await refusal(update(handle, forged))).toMatch(/^the signature is not by key .* \(anna\)/);
    const changed = {...signDecision({...payload, action: 'reject'}, anna.privateKey), payload};
    expect(await refusal(update(handle, changed))).toMatch(/^the signature is not by key/);
    expect(await refusal(update(handle, byMallory))).toMatch(/is not among the project's approvers/);
    await nothingMoved(handle);
    expect((await bed.audited()).map(({kind}) => kind)).toEqual(['decision_refused', 'decision_refused']);
    expect((await bed.audited())[0]).toMatchObject({actor: 'key of anna', data: {key: anna.id}});
  });

  it('replayed from another run, project or candidate', async () => {
    const {handle, payload} = await bed.ask();
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
    expect(await bed.audited()).toEqual([]);
  });

  it('the opposite action after a decision, by the same approver or after the end', async () => {
    const {handle, payload} = await bed.ask({required: 2});
    await update(handle, signDecision(payload, anna.privateKey));
    const opposite = signDecision({...payload, action: 'reject'}, anna.privateKey);
    expect(await refusal(update(handle, opposite))).toMatch(/has already decided to approve/);
    expect(await bed.counted()).toEqual(['anna']);
    expect(await status(handle)).toBe('RUNNING');
  });

  it('stale: past the expiry that was signed', async () => {
    const {handle, payload} = await bed.ask();
    const stale = signDecision({...payload, expiry: '2002-12-03T11:46:36Z'}, anna.privateKey);
    expect(await refusal(update(handle, stale))).toMatch(/^the signature expired at 2002-12-03T11:46:36Z/);
    // … or to be found by somebody in years.
    const lasting = signDecision({...payload, expiry: '2999-01-01T00:00:00Z'}, anna.privateKey);
    expect(await refusal(update(handle, lasting))).toMatch(
      /^the signature is valid until 2999.*, expected 24 hours from now at most/,
    );
    await nothingMoved(handle);
  });

  it('by a revoked key: current keys count, not those of the start', async () => {
    const {handle, payload} = await bed.ask();
    await expect.poll(() => details(handle), {timeout: 30_000}).toContain('anna');
    await bed.configure([asApprover(ben)]);
    const decision = signDecision(payload, anna.privateKey);
    expect(await refusal(update(handle, decision))).toMatch(/is not among the project's approvers now/);
    await nothingMoved(handle);
    // …and the other way round: a key that was added while the approval waits does count.
    await bed.configure([asApprover(stranger)]);
    const added = signDecision({...payload, key: stranger.id}, stranger.privateKey);
    expect((await update(handle, added)).outcome).toBe('approved');
  });

  it('by somebody without the role, as long as the project does not give it', async () => {
    const {handle, payload} = await bed.ask();
    await expect.poll(() => details(handle), {timeout: 30_000}).toContain('anna');
    const decision = signDecision({...payload, key: viewer.id}, viewer.privateKey);
    expect(await refusal(update(handle, decision))).toMatch(
      /\(vera\) has the roles viewer, expected approver/,
    );
    await nothingMoved(handle);
    await bed.configure([asApprover(viewer)]);
    expect((await update(handle, decision)).outcome).toBe('approved');
  });
});

describe('the same decision as a Signal', () => {
  const signal = (handle: Handle, argument: unknown): Promise<void> => handle.signal(DECIDE, argument);

  it('approves', async () => {
    const {handle, payload} = await bed.ask();
    await signal(handle, signDecision(payload, anna.privateKey));
    expect(await handle.result()).toMatchObject({status: 'approved', decisions: [{by: 'anna'}]});
    expect(await details(handle)).toMatch(/^\*\*Approved\.\*\*/);
  });

  it('is refused like an Update, and says so in the current details', async () => {
    const {handle, payload} = await bed.ask();
    const good = signDecision(payload, anna.privateKey);
    const byMallory = signDecision({...payload, key: stranger.id}, stranger.privateKey);
    const sent: [unknown, RegExp][] = [
      [undefined, /not a signed decision: expected an object/],
      [{payload, signature: 'AAAA'}, /not a signed decision: signature: expected the canonical base64/],
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
    expect(await bed.counted()).toEqual([]);
    expect(await status(handle)).toBe('RUNNING');
    await signal(handle, good);
    expect((await handle.result()).status).toBe('approved');
    await record(handle, 'approval-refusals-by-signal');
  });
});
