import {describe, expect, it} from 'vitest';
import {signAct} from '../../../core/access/signed-act.ts';
import {signDecision} from '../../../core/approval/signature.ts';
import type {ActPayload} from '../../../schemas/access.ts';
import type {DecisionPayload} from '../../../schemas/approval.ts';
import {details} from '../details.ts';
import {record} from '../record.ts';
import {
  anna,
  approvalBed,
  asApprover,
  ben,
  person,
  refusal,
  standing,
  stranger,
  update,
  viewer,
} from './approval-bed.ts';
import type {Person} from './approval-bed.ts';

const bed = approvalBed();

describe('the one who started the run', () => {
  it('cannot be its only approver, whether known by key or by name', async () => {
    const {handle, payload} = await bed.ask({starterKey: anna.id, startedBy: 'ben'});
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
    expect(await bed.counted()).toEqual([]);
    await bed.configure([asApprover(anna), asApprover(ben), asApprover(stranger)]);
    const other = signDecision({...payload, key: stranger.id}, stranger.privateKey);
    expect((await update(handle, other)).outcome).toBe('approved');
  });

  it('can be one of two', async () => {
    const {handle, payload} = await bed.ask({starterKey: anna.id, required: 2});
    expect(await update(handle, signDecision(payload, anna.privateKey))).toMatchObject({approvals: 1});
    await update(handle, signDecision({...payload, key: ben.id}, ben.privateKey));
    expect((await handle.result()).status).toBe('approved');
  });

  it('may reject, and may approve where the project says so', async () => {
    const {handle, payload} = await bed.ask({starterKey: anna.id});
    await update(handle, signDecision({...payload, action: 'reject'}, anna.privateKey));
    expect((await handle.result()).status).toBe('rejected');
    await bed.workers.stop();
    await bed.project.remove();
    const second = await bed.ask({starterKey: anna.id, starterMayApprove: true});
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
    const {handle, payload} = await bed.ask({quorum}, team);
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
    const {handle, payload} = await bed.ask({required: 2}, [...team, asApprover(second)]);
    await update(handle, by(anna, payload));
    expect(await update(handle, by(second, payload))).toMatchObject({status: 'duplicate', approvals: 1});
    expect((await update(handle, by(ben, payload))).outcome).toBe('approved');
  });

  it('asks others once nobody decided for so long: not before, and audited', async () => {
    const escalation = [{afterMs: 4_000, to: ['carl']}];
    const {handle, payload} = await bed.ask({escalation, quorum: [{of: ['anna', 'ben'], required: 1}]}, team);
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
      .poll(async () => (await bed.audited()).map(({kind}) => kind), {timeout: 30_000})
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
    expect((await bed.audited()).find(({kind}) => kind === 'escalation')!.data).toMatchObject({to: ['carl']});
  });

  async function delegated(from: Person, to: string, until: string): Promise<void> {
    const payload: ActPayload = {
      v: 1,
      project: bed.project.context.project,
      act: 'delegate',
      key: from.id,
      comment: '',
      about: {to, until},
      expiry: '2036-01-01T00:00:00Z',
    };
    const publicKey = `ed25519:${Buffer.from(from.publicKey).toString('base64')}`;
    const signed = {...signAct(payload, from.privateKey), publicKey};
    const chain = bed.project.context.stores.audit(bed.project.context.project);
    await chain.append({kind: 'delegation', actor: from.name, data: {signed}});
  }

  it('a delegate decides in the delegator’s place, and counts once with them', async () => {
    const {handle, payload} = await bed.ask({required: 2});
    expect(await refusal(update(handle, by(viewer, payload)))).toMatch(
      /expected approver, and nobody has delegated/,
    );
    await delegated(anna, 'vera', '2036-01-01T00:00:00Z');
    const signed = by(viewer, {...payload, comment: 'for anna'});
    expect(await update(handle, signed)).toMatchObject({status: 'counted', outcome: 'pending', approvals: 1});
    expect(await details(handle)).toContain('vera: **approve**');
    expect(await details(handle)).toContain('for anna');
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
    const {handle, payload} = await bed.ask({}, [
      ...team,
      asApprover(viewer, 'viewer'),
      asApprover(stranger, 'viewer'),
    ]);
    await delegated(anna, 'vera', '2026-01-01T00:00:00Z');
    expect(await refusal(update(handle, by(viewer, payload)))).toMatch(/nobody has delegated to vera/);
    await delegated(viewer, 'mallory', '2036-01-01T00:00:00Z');
    expect(await refusal(update(handle, by(stranger, payload)))).toMatch(/nobody has delegated to mallory/);
    expect(await bed.counted()).toEqual([]);
  });

  it('who started the run does not approve it alone by a delegate', async () => {
    const {handle, payload} = await bed.ask({startedBy: 'anna', starterKey: anna.id});
    await delegated(anna, 'vera', '2036-01-01T00:00:00Z');
    expect(await refusal(update(handle, by(viewer, payload)))).toMatch(/cannot be its only approver/);
    expect((await update(handle, by(ben, payload))).outcome).toBe('approved');
  });
});
