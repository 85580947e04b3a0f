import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {Context} from '@temporalio/activity';
import {WorkflowFailedError, type WorkflowHandle} from '@temporalio/client';
import {CancelledFailure} from '@temporalio/common';
import {afterAll, beforeAll} from 'vitest';
import {awaitChild, withdrawOthers} from '../../activities/stage/own-child.ts';
import {abandonStage, firstGone} from '../../activities/stage/waiting.ts';
import type {ActivityContext} from '../../activities/context.ts';
import type {DecisionPayload} from '../../schemas/approval.ts';
import type {StageRequest} from '../../schemas/stage.ts';
import {
  approvalWorkflowId,
  lifecycleWorkflowId,
  monitorWorkflowId,
  rolloutWorkflowId,
} from '../../schemas/names.ts';
import {asActivity} from '../../workers/run-activity.ts';
import {bundleOf, startWorkers, type TestWorkers} from './workers-of.ts';

export const digest = (of: string) => of.repeat(64);
export const ref = (of = '0') => ({uri: 'x', sha256: digest(of), bytes: 0, mediaType: 'application/json'});

/** What a run's store would hold, changed by the tests as time goes on, and what its activities were asked. */
export interface World {
  report: string;
  verdict: string;
  required: number;
  former: unknown;
  /** makeRelease never answers. */
  held: boolean;
  /** What openRun says otherwise. */
  readonly plan: object;
  readonly called: string[];
  /** Requests for stages, in their order. */
  readonly asked: StageRequest[];
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
  sweep: () => results['train']!(),
  train: () => ({adapter: {digest: digest('a')}, steps: 8}),
  gauntlet: () => ({
    release: digest('e'),
    stable: digest('b'),
    verdict: world().verdict,
    report: ref(world().report),
  }),
};
export const HOURS = {timeoutMs: 3_600_000, reminderMs: 3_600_000};

let workers: TestWorkers;
/** Workers for the calling file, which all of its runs share. */
export function runBed(): void {
  beforeAll(async () => {
    workers = await startWorkers({
      bundle: await bundleOf('reset'),
      activities: () => ({
        openRun: () => ({
          stable: digest('b'),
          base: digest('b'),
          first: true,
          init: null,
          rollout: [],
          approval: {required: world().required, starterMayApprove: true, ...HOURS},
          ...world().plan,
        }),
        recordRun: ({change: {status}}: {change: {status?: string}}) =>
          void (status !== undefined && world().called.push(`the run is ${status}`)),
        planCuration: () => ({plan: ref(), records: '', golden: '', processed: 3, reused: 0}),
        resolveStage(request: StageRequest) {
          world().asked.push(request);
          return {key: '', workflowId: request.stage, hit: results[request.stage]!()};
        },
        makeRelease: () => (world().held ? new Promise(() => {}) : {digest: digest('e')}),
        findFormer: () => world().former,
        keepReport: saw('report kept'),
        keepOutcome: saw('outcome kept'),
        tookBack: saw('traffic taken back'),
        endOrphanedRollout: saw('what it left was taken away'),
        awaitChild: asActivity(awaitChild, context),
        abandonStage: asActivity(abandonStage, context),
        waitersGone: asActivity(
          (input: {stage: string; waiters: string[]}, of, activity) => firstGone(input, of, activity, 100),
          context,
        ),
        withdrawOthers: asActivity(withdrawOthers, context),
        // Of the approval.
        openApproval: () => null,
        approverKeys: () => [],
        verifyDecision: ({decision: {payload}}: {decision: {payload: DecisionPayload}}) => ({
          status: 'verified',
          by: payload.comment,
          publicKey: '',
          keys: [],
        }),
        recordDecision: () => undefined,
        closeApproval: saw('approval closed'),
      }),
    });
  }, 120_000);
  afterAll(() => workers.stop());
}

/** A run whose stages are found by key, and whose approval asks two people. */
export function begun(change: Partial<World> = {}) {
  const {project, client, queue} = workers;
  const run = lifecycleWorkflowId(project, '20261126T000000Z', randomUUID().slice(0, 6));
  const own: World = {
    report: '1',
    verdict: 'pass',
    required: 2,
    former: null,
    held: false,
    plan: {},
    called: [],
    asked: [],
    ...change,
  };
  worlds.set(run, own);
  const of = (workflowId: string) => {
    const handle = client.workflow.getHandle(workflowId);
    const status = async () => (await handle.describe().catch(() => null))?.status.name;
    return {
      handle,
      status,
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
          project,
          resolved: ref(),
          keyFingerprint: '',
          startedBy: 'anna',
          starterKey: '',
          reason: 'hand',
          feedbackCut: null,
          parentDataset: null,
          priority: 2,
        },
      ],
    });
  /** A decision about what the open approval asks. */
  const decides = async (by: string, action: 'approve' | 'reject' = 'approve') => {
    const payload: DecisionPayload = {
      v: 1,
      project,
      action,
      run: await approval.runId(),
      digests: {release: digest('e'), dataset: digest('d'), report: digest(own.report)},
      key: Buffer.from(by.padEnd(8)).toString('hex'),
      comment: by,
      expiry: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const signature = `${Buffer.from(by.padEnd(63)).toString('base64').slice(0, 84)}AA==`;
    return approval.handle.executeUpdate('decide', {args: [{payload, signature}]});
  };
  return {
    world: own,
    called: own.called,
    client,
    queue,
    project,
    run,
    start,
    decides,
    approval,
    rollout: of(rolloutWorkflowId(run)),
    monitor: of(monitorWorkflowId(project)),
    /** Waits until something stands in for what the run's former execution began. */
    adopted: (handle: WorkflowHandle, what: 'approval' | 'rollout') =>
      until(async () => {
        const [child] = (await handle.describe()).raw.pendingChildren ?? [];
        return child?.workflowId?.startsWith(`adopt/${what}/`) && !!child.runId;
      }),
  };
}

/** Vitest's own poll knows one test at a time. */
export async function until(holds: () => Promise<unknown>): Promise<void> {
  while (!(await holds())) await delay(50);
}

/** Until its approval is asked about, with one of two decisions counted. */
export async function halfApproved() {
  const t = begun();
  const handle = await t.start();
  await t.approval.becomes('RUNNING');
  await until(() => t.decides('ben').catch(() => null));
  return {...t, handle};
}

/** Until its rollout gives traffic. */
export async function rolledOut() {
  const t = begun({required: 1});
  const handle = await t.start();
  await t.approval.becomes('RUNNING');
  await t.decides('ben');
  await t.rollout.becomes('RUNNING');
  return {...t, handle};
}

export const cancelled = (error: unknown) =>
  error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure;
