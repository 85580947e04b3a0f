import {describe, expect, test} from 'vitest';
import {resetToStart} from './operator.ts';
import {record} from './record.ts';
import {begun, cancelled, halfApproved, ref, rolledOut, runBed, until} from './run-bed.ts';

runBed();

describe.concurrent('a run that is reset', () => {
  test('while people decide: the same approval goes on, and nobody signs twice', async () => {
    const t = await halfApproved();
    const asked = await t.approval.runId();
    const again = await resetToStart(t.client, t.handle);
    await t.adopted(again, 'approval');
    expect([await t.approval.runId(), await t.approval.status()]).toEqual([asked, 'RUNNING']);
    await t.decides('carla');
    await t.rollout.becomes('RUNNING');
    await t.rollout.handle.signal('end', 'promoted');
    expect(await again.result()).toMatchObject({
      status: 'promoted',
      approval: {decisions: [{by: 'ben'}, {by: 'carla'}]},
    });
    expect(t.called.filter((what) => what === 'approval closed')).toHaveLength(1);
    const {events} = await again.fetchHistory();
    const adoption = events!.find(
      (event) => event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowType?.name === 'adopt',
    )!.startChildWorkflowExecutionInitiatedEventAttributes!;
    await record(t.client.workflow.getHandle(adoption.workflowId!), 'adopt');
  });

  test('while its rollout goes on: approval and rollout stay what they are', async () => {
    const t = await rolledOut();
    const [asked, rolls] = [await t.approval.runId(), await t.rollout.runId()];
    const again = await resetToStart(t.client, t.handle);
    await t.adopted(again, 'rollout');
    expect([await t.approval.runId(), await t.rollout.runId()]).toEqual([asked, rolls]);
    await t.rollout.handle.signal('end', 'fell_back');
    expect(await again.result()).toMatchObject({status: 'fell_back', approval: {decisions: [{by: 'ben'}]}});
    expect(t.called).not.toContain('traffic taken back');
  });

  test('after it has ended: what was decided and rolled out by the same digests is its result', async () => {
    const t = await rolledOut();
    await t.rollout.handle.signal('end', 'fell_back');
    await t.handle.result();
    const again = await resetToStart(t.client, t.handle);
    expect(await again.result()).toMatchObject({status: 'fell_back', approval: {decisions: [{by: 'ben'}]}});
    expect(t.called.filter((what) => what === 'approval closed')).toHaveLength(1);
  });

  test('and comes to another report: nothing goes on by the former one, and people are asked anew', async () => {
    const t = await rolledOut();
    const [asked, rolls] = [await t.approval.runId(), await t.rollout.runId()];
    t.world.report = '2';
    const again = await resetToStart(t.client, t.handle);
    await t.approval.becomes('RUNNING');
    expect(await t.approval.runId()).not.toBe(asked);
    // The traffic was gone before anybody was asked.
    expect(t.called).toContain('traffic taken back');
    expect(await t.rollout.status()).toBe('CANCELLED');
    await t.decides('ben');
    await t.rollout.becomes('RUNNING');
    expect(await t.rollout.runId()).not.toBe(rolls);
    await t.rollout.handle.signal('end', 'promoted');
    expect(await again.result()).toMatchObject({status: 'promoted', gauntlet: {report: ref('2')}});
  });

  test.each(['fail', 'inconclusive'])(
    'and comes to the verdict %s: its rollout takes the traffic back',
    async (verdict) => {
      const t = await rolledOut();
      Object.assign(t.world, {report: '2', verdict});
      const again = await resetToStart(t.client, t.handle);
      expect(await again.result()).toMatchObject({approval: null, rollout: null});
      expect(await t.rollout.status()).toBe('CANCELLED');
      expect(t.called).toContain('traffic taken back');
    },
  );

  test('and whose rules ask for more people: who has decided under the former ones is asked again', async () => {
    const t = await halfApproved();
    const asked = await t.approval.runId();
    t.world.required = 1;
    const again = await resetToStart(t.client, t.handle);
    await until(async () => (await t.approval.runId()) !== asked);
    expect(
      (await t.client.workflow.getHandle(t.approval.handle.workflowId, asked).describe()).status.name,
    ).toBe('CANCELLED');
    await t.decides('carla');
    await t.rollout.becomes('RUNNING');
    await t.rollout.handle.signal('end', 'promoted');
    expect(await again.result()).toMatchObject({approval: {decisions: [{by: 'carla'}]}});
  });

  test('twice: still one approval', async () => {
    const t = await halfApproved();
    const asked = await t.approval.runId();
    const second = await resetToStart(t.client, t.handle);
    await t.adopted(second, 'approval');
    const third = await resetToStart(t.client, second);
    await t.adopted(third, 'approval');
    expect([await t.approval.runId(), await t.approval.status()]).toEqual([asked, 'RUNNING']);
    await third.terminate('by hand');
    await t.approval.becomes('CANCELLED');
  });

  test.each([
    ['cancelled', 'cancel'],
    ['terminated', 'terminate'],
  ] as const)('and %s then: its rollout takes the traffic back', async (_, how) => {
    const t = await rolledOut();
    const again = await resetToStart(t.client, t.handle);
    await t.adopted(again, 'rollout');
    await again[how]();
    await t.rollout.becomes('CANCELLED');
    expect(t.called).toContain('traffic taken back');
    if (how === 'cancel') {
      await expect(again.result()).rejects.toSatisfy(cancelled);
      // The run has ended after its rollout has, and says so.
      expect(t.called.slice(-2)).toEqual(['traffic taken back', 'the run is cancelled']);
    }
  });

  test.each([
    ['cancelled', 'cancel'],
    ['terminated', 'terminate'],
  ] as const)('and %s before it has come back to its approval: none is left open', async (ended, how) => {
    const t = begun();
    const handle = await t.start();
    await t.approval.becomes('RUNNING');
    t.world.held = true;
    const again = await resetToStart(t.client, handle);
    await again[how]();
    await expect(again.result()).rejects.toThrow();
    expect((await again.describe()).status.name).toBe(ended.toUpperCase());
    await t.approval.becomes('CANCELLED');
  });

  test('and cancelled before it has come back to its rollout: it ends when the traffic is taken back', async () => {
    const t = await rolledOut();
    t.world.held = true;
    const again = await resetToStart(t.client, t.handle);
    await again.cancel();
    await expect(again.result()).rejects.toSatisfy(cancelled);
    expect(t.called.slice(-2)).toEqual(['traffic taken back', 'the run is cancelled']);
  });

  test('after it was terminated, which cancelled its approval: people are asked anew', async () => {
    const t = await halfApproved();
    const asked = await t.approval.runId();
    await t.handle.terminate('by hand');
    await t.approval.becomes('CANCELLED');
    const again = await resetToStart(t.client, t.handle);
    await t.approval.becomes('RUNNING');
    expect(await t.approval.runId()).not.toBe(asked);
    await again.cancel();
    await expect(again.result()).rejects.toSatisfy(cancelled);
    await t.approval.becomes('CANCELLED');
  });
});
