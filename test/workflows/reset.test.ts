import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {Context} from '@temporalio/activity';
import {WorkflowFailedError, type WorkflowHandle} from '@temporalio/client';
import {CancelledFailure} from '@temporalio/common';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {awaitChild, withdrawOthers} from '../../activities/stage/own-child.ts';
import {abandonStage, waitersGone} from '../../activities/stage/waiting.ts';
import type {ActivityContext} from '../../activities/context.ts';
import type {ApprovalInput, DecisionPayload} from '../../schemas/approval.ts';
import type {RolloutInput} from '../../schemas/deployment.ts';
import {approvalWorkflowId, lifecycleWorkflowId, rolloutWorkflowId} from '../../schemas/names.ts';
import {asActivity} from '../../workers/run-activity.ts';
import {resetToStart} from './operator.ts';
import {record} from './record.ts';
import {bundleOf, startWorkers, type TestWorkers} from './workers-of.ts';

const digest = (of: string) => of.repeat(64);
const ref = (of = '0') => ({uri: 'x', sha256: digest(of), bytes: 0, mediaType: 'application/json'});

/** What a run's store would hold, changed by the tests as time goes on, and what its activities were asked. */
interface World {
  report: string;
  verdict: string;
  required: number;
  former: unknown;
  /** makeRelease never answers. */
  held: boolean;
  readonly called: string[];
}
const worlds = new Map<string, World>();
/** Of the run that the activity belongs to. */
function world(): World {
  const {workflowId} = Context.current().info.workflowExecution!;
  return worlds.get(workflowId.slice(workflowId.indexOf('lifecycle/')))!;
}
const saw = (what: string) => () => void world().called.push(what);
const context = {client: () => Promise.resolve(workers.client)} as unknown as ActivityContext;
const results: Record<string, () => unknown> = {
  curate: () => ({dataset: digest('d'), rowsIn: 3, rowsKept: 3}),
  train: () => ({adapter: {digest: digest('a')}, steps: 8}),
  gauntlet: () => ({
    ...{release: digest('e'), stable: digest('b')},
    ...{verdict: world().verdict, report: ref(world().report)},
  }),
};
const HOURS = {timeoutMs: 3_600_000, reminderMs: 3_600_000};

let workers: TestWorkers;
beforeAll(async () => {
  workers = await startWorkers({
    bundle: await bundleOf('reset'),
    activities: () => ({
      openRun: () => ({
        ...{stable: digest('b'), base: digest('b'), first: true, init: null, rollout: []},
        approval: {required: world().required, starterMayApprove: true, ...HOURS},
      }),
      recordRun: ({change: {status}}: {change: {status?: string}}) =>
        void (status !== undefined && world().called.push(`the run is ${status}`)),
      planCuration: () => ({plan: ref(), records: '', golden: '', processed: 3, reused: 0}),
      resolveStage: ({stage}: {stage: string}) => ({key: '', workflowId: stage, hit: results[stage]!()}),
      makeRelease: () => (world().held ? new Promise(() => {}) : {digest: digest('e')}),
      findFormer: () => world().former,
      ...{keepReport: () => undefined, keepOutcome: saw('outcome kept')},
      ...{tookBack: saw('traffic taken back'), fallBack: saw('fell back')},
      awaitChild: asActivity(awaitChild, context),
      abandonStage: asActivity(abandonStage, context),
      waitersGone: asActivity(
        (input: {stage: string; waiters: string[]}, of, activity) => waitersGone(input, of, activity, 100),
        context,
      ),
      withdrawOthers: asActivity(withdrawOthers, context),
      // Of the approval.
      approverKeys: () => [],
      verifyDecision: ({decision: {payload}}: {decision: {payload: DecisionPayload}}) => ({
        ...{status: 'verified', by: payload.comment, publicKey: '', keys: []},
      }),
      ...{recordDecision: () => undefined, closeApproval: saw('approval closed')},
    }),
  });
}, 120_000);
afterAll(() => workers.stop());

/** A run whose stages are found by key, and whose approval asks two people. */
function begun(change: Partial<World> = {}) {
  const {project, client, queue} = workers;
  const run = lifecycleWorkflowId(project, '20261126T000000Z', randomUUID().slice(0, 6));
  const own: World = {
    ...{report: '1', verdict: 'pass', required: 2, former: null, held: false, called: []},
    ...change,
  };
  worlds.set(run, own);
  const of = (workflowId: string) => {
    const handle = client.workflow.getHandle(workflowId);
    const status = async () => (await handle.describe().catch(() => null))?.status.name;
    return {
      ...{handle, status},
      runId: async () => (await handle.describe()).runId,
      becomes: (name: string) => until(async () => (await status()) === name),
    };
  };
  const approval = of(approvalWorkflowId(run));
  const start = (): Promise<WorkflowHandle> =>
    client.workflow.start('lifecycle', {
      workflowId: run,
      taskQueue: queue,
      args: [
        {
          ...{project, resolved: ref(), keyFingerprint: '', startedBy: 'anna', starterKey: ''},
          ...{reason: 'hand', feedbackCut: null, parentDataset: null, priority: 2},
        },
      ],
    });
  /** A decision about what the open approval asks. */
  const decides = async (by: string) => {
    const payload: DecisionPayload = {
      ...{v: 1, project, action: 'approve', run: await approval.runId()},
      digests: {release: digest('e'), dataset: digest('d'), report: digest(own.report)},
      key: Buffer.from(by.padEnd(8)).toString('hex'),
      ...{comment: by, expiry: new Date(Date.now() + 3_600_000).toISOString()},
    };
    const signature = `${Buffer.from(by.padEnd(63)).toString('base64').slice(0, 84)}AA==`;
    return approval.handle.executeUpdate('decide', {args: [{payload, signature}]});
  };
  return {
    ...{world: own, called: own.called, client, project, run, start, decides, approval},
    rollout: of(rolloutWorkflowId(run)),
    /** Waits until something stands in for what the run's former execution began. */
    adopted: (handle: WorkflowHandle, what: 'approval' | 'rollout') =>
      until(async () => {
        const [child] = (await handle.describe()).raw.pendingChildren ?? [];
        return child?.workflowId?.startsWith(`adopt/${what}/`) && !!child.runId;
      }),
  };
}

/** Vitest's own poll knows one test at a time. */
async function until(holds: () => Promise<unknown>): Promise<void> {
  while (!(await holds())) await delay(50);
}

/** Until its approval is asked about, with one of two decisions counted. */
async function halfApproved() {
  const t = begun();
  const handle = await t.start();
  await t.approval.becomes('RUNNING');
  await until(() => t.decides('ben').catch(() => null));
  return {...t, handle};
}

/** Until its rollout gives traffic. */
async function rolledOut() {
  const t = begun({required: 1});
  const handle = await t.start();
  await t.approval.becomes('RUNNING');
  await t.decides('ben');
  await t.rollout.becomes('RUNNING');
  return {...t, handle};
}

const cancelled = (error: unknown) =>
  error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure;

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
  ] as const)('and %s before it has come back to its approval: none is left open', async (_, how) => {
    const t = begun();
    const handle = await t.start();
    await t.approval.becomes('RUNNING');
    t.world.held = true;
    const again = await resetToStart(t.client, handle);
    await again[how]();
    await t.approval.becomes('CANCELLED');
    expect(await again.describe()).toMatchObject({
      status: {name: how === 'cancel' ? 'CANCELLED' : 'TERMINATED'},
    });
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

describe.concurrent('somebody', () => {
  test('starts an approval under a run’s name: it is withdrawn, and what it came to counts for nothing', async () => {
    const t = begun({required: 1});
    const input: ApprovalInput = {
      ...{project: t.project, runId: t.run, verdict: 'pass', startedBy: 'mallory', starterKey: ''},
      digests: {release: digest('e'), dataset: digest('d'), report: digest('1')},
      ...{required: 1, starterMayApprove: true, ...HOURS},
    };
    const squat = () =>
      t.client.workflow.start('approval', {
        ...{workflowId: t.approval.handle.workflowId, taskQueue: workers.queue, args: [input]},
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
    expect(t.called).toContain('fell back');
  });

  test('terminates a rollout that has just promoted: the run was promoted', async () => {
    const t = await rolledOut();
    const rollout = {status: 'promoted', release: digest('e'), steps: [], reason: 'promoted before its end'};
    t.world.former = {run: t.run, rollout};
    await t.rollout.handle.terminate('by hand');
    expect(await t.handle.result()).toMatchObject({status: 'promoted', rollout});
    expect(t.called).toContain('outcome kept');
  });

  test('terminates an adopted rollout: the run takes the traffic back', async () => {
    const t = await rolledOut();
    const again = await resetToStart(t.client, t.handle);
    await t.adopted(again, 'rollout');
    await t.rollout.handle.terminate('by hand');
    expect(await again.result()).toMatchObject({status: 'fell_back'});
    expect(t.called).toContain('fell back');
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
