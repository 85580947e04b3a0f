import {describe, expect, test} from 'vitest';
import type {ApprovalInput} from '../../schemas/approval.ts';
import type {RolloutInput} from '../../schemas/deployment.ts';
import {resetToStart} from './operator.ts';
import {begun, cancelled, digest, halfApproved, HOURS, rolledOut, runBed, until} from './run-bed.ts';

runBed();

describe.concurrent('somebody', () => {
  test('starts an approval under a run’s name: it is withdrawn, and what it came to counts for nothing', async () => {
    const t = begun({required: 1});
    const input: ApprovalInput = {
      project: t.project,
      runId: t.run,
      verdict: 'pass',
      startedBy: 'anna',
      starterKey: '',
      digests: {release: digest('e'), dataset: digest('d'), report: digest('1')},
      required: 1,
      starterMayApprove: true,
      ...HOURS,
    };
    const squat = () =>
      t.client.workflow.start('approval', {
        workflowId: t.approval.handle.workflowId,
        taskQueue: t.queue,
        args: [input],
      });
    const first = await squat();
    await t.decides('mallory');
    await first.result();
    const second = await squat();
    const handle = await t.start();
    await expect(second.result()).rejects.toSatisfy(cancelled);
    await t.approval.becomes('RUNNING');
    await t.decides('ben');
    await t.rollout.becomes('RUNNING');
    const {events} = await t.rollout.handle.fetchHistory();
    const {payloads} = events![0]!.workflowExecutionStartedEventAttributes!.input!;
    const {proof} = JSON.parse(Buffer.from(payloads![0]!.data!).toString()) as RolloutInput;
    expect(proof.approval.decisions).toMatchObject([{by: 'ben'}]);
    await handle.cancel();
    await expect(handle.result()).rejects.toSatisfy(cancelled);
  });

  test('terminates the rollout: the run takes the traffic back and says so', async () => {
    const t = await rolledOut();
    await t.rollout.handle.terminate('by hand');
    expect(await t.handle.result()).toMatchObject({
      status: 'fell_back',
      reason: `${t.rollout.handle.workflowId} was terminated`,
    });
    expect(t.called).toContain('what it left was taken away');
  });

  test('terminates a rollout that has just promoted: the run was promoted', async () => {
    const t = await rolledOut();
    const rollout = {status: 'promoted', release: digest('e'), steps: [], reason: 'promoted before its end'};
    t.world.former = {run: t.run, rollout};
    await t.rollout.handle.terminate('by hand');
    expect(await t.handle.result()).toMatchObject({status: 'promoted', rollout});
    expect(t.called).toContain('outcome kept');
  });

  test('terminates a rollout of what another run has promoted: the run fell back', async () => {
    const t = await rolledOut();
    t.world.former = {run: 'lifecycle/mail/another', rollout: {status: 'promoted'}};
    await t.rollout.handle.terminate('by hand');
    expect(await t.handle.result()).toMatchObject({status: 'fell_back'});
  });

  test('terminates an adopted rollout: the run takes the traffic back', async () => {
    const t = await rolledOut();
    const again = await resetToStart(t.client, t.handle);
    await t.adopted(again, 'rollout');
    await t.rollout.handle.terminate('by hand');
    expect(await again.result()).toMatchObject({status: 'fell_back'});
    expect(t.called).toContain('what it left was taken away');
  });

  test('resets an adopted approval: the run waits for the execution that goes on', async () => {
    const t = await halfApproved();
    const again = await resetToStart(t.client, t.handle);
    await t.adopted(again, 'approval');
    const asked = await t.approval.runId();
    await resetToStart(t.client, t.approval.handle);
    await until(async () => (await t.approval.runId()) !== asked);
    await until(() => t.decides('carla').catch(() => null));
    await t.decides('dora');
    await t.rollout.becomes('RUNNING');
    await t.rollout.handle.signal('end', 'promoted');
    expect(await again.result()).toMatchObject({status: 'promoted'});
  });

  test('cancels an adopted approval: the run is cancelled, and asks nobody again', async () => {
    const t = await halfApproved();
    const again = await resetToStart(t.client, t.handle);
    await t.adopted(again, 'approval');
    const asked = await t.approval.runId();
    await t.approval.handle.cancel();
    await expect(again.result()).rejects.toThrow();
    expect(t.called.at(-1)).toBe('the run is cancelled');
    expect([await t.approval.runId(), await t.approval.status()]).toEqual([asked, 'CANCELLED']);
  });

  test('terminates the approval: the run fails and says what to do', async () => {
    const t = await halfApproved();
    await t.approval.handle.terminate('by hand');
    await expect(t.handle.result()).rejects.toMatchObject({
      cause: {
        type: 'Unavailable',
        message: expect.stringMatching(/was terminated before.*start the run again/),
      },
    });
    expect(t.called.at(-1)).toBe('the run is failed');
  });
});
