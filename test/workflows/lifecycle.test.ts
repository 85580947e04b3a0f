import {WorkflowFailedError, type WorkflowHandle} from '@temporalio/client';
import {ApplicationFailure, CancelledFailure} from '@temporalio/common';
import type {WorkflowBundleWithSourceMap} from '@temporalio/worker';
import {afterEach, beforeAll, expect, test} from 'vitest';
import {lifecycleWorkflowId, rolloutWorkflowId} from '../../schemas/names.ts';
import type {LifecycleInput} from '../../schemas/stage.ts';
import {bundleOf, startWorkers, type TestWorkers} from './workers-of.ts';

const digest = (of: string) => of.repeat(64);
const ref = {uri: 'x', sha256: digest('0'), bytes: 0, mediaType: 'application/json'};
let bundle: WorkflowBundleWithSourceMap;
let workers: TestWorkers | undefined;
beforeAll(async () => {
  bundle = await bundleOf('lifecycle');
}, 120_000);
afterEach(() => workers?.stop());

const RESULTS: Record<string, unknown> = {
  curate: {dataset: digest('d'), manifest: ref, rowsIn: 3, rowsKept: 3, drops: {}, processed: 3, reused: 0},
  train: {adapter: {digest: digest('a')}, steps: 8},
  gauntlet: {release: digest('e'), stable: digest('b'), verdict: 'pass', report: ref},
};

/** A run whose stages are all found by key; `change` replaces activities. */
async function start(
  change: Record<string, unknown> = {},
  more: Partial<LifecycleInput> = {},
): Promise<WorkflowHandle> {
  workers = await startWorkers({
    bundle,
    activities: () => ({
      openRun: () => ({
        stable: digest('b'),
        base: digest('b'),
        first: true,
        init: null,
        rollout: [],
        approval: {required: 1, starterMayApprove: true, timeoutMs: 1, reminderMs: 1},
      }),
      recordRun: () => undefined,
      planCuration: () => ({plan: ref, records: '', golden: '', processed: 3, reused: 0}),
      resolveStage: ({stage}: {stage: string}) => ({key: '', workflowId: stage, hit: RESULTS[stage]}),
      makeRelease: () => ({digest: digest('e')}),
      findFormer: () => null,
      keepReport: () => undefined,
      keepOutcome: () => undefined,
      tookBack: () => undefined,
      ...change,
    }),
  });
  const {project, client, queue} = workers;
  const input: LifecycleInput = {
    project,
    resolved: ref,
    keyFingerprint: '',
    startedBy: 'anna',
    starterKey: '',
    reason: 'hand',
    feedbackCut: null,
    parentDataset: null,
    ...more,
  } as unknown as LifecycleInput;
  return client.workflow.start('lifecycle', {
    workflowId: lifecycleWorkflowId(project, '20261126T000000Z', 'abcdef'),
    taskQueue: queue,
    args: [input],
  });
}

function root(error: unknown): unknown {
  let inner = error as Error;
  while (inner.cause instanceof Error) inner = inner.cause;
  return inner;
}
const noRecord = () => {
  throw ApplicationFailure.nonRetryable('no run of that name', 'InvalidInput');
};

test('a run says whether it was opened, when it has failed', async () => {
  const recorded: unknown[] = [];
  const fail = (): never => {
    throw ApplicationFailure.nonRetryable('not today', 'InvalidInput');
  };
  for (const failing of ['openRun', 'planCuration']) {
    const recordRun = ({change, opened}: {change: {status?: string}; opened?: boolean}) =>
      void (change.status === 'failed' && recorded.push([failing, opened]));
    await expect((await start({recordRun, [failing]: fail})).result()).rejects.toThrow();
    await workers!.stop();
    workers = undefined;
  }
  expect(recorded).toEqual([
    ['openRun', false],
    ['planCuration', true],
  ]);
});

test('a run that fails before it has a record fails with its own error', async () => {
  const handle = await start({
    recordRun: noRecord,
    openRun: () => {
      throw ApplicationFailure.nonRetryable('settings.json is not in the store', 'ArtifactMissing');
    },
  });
  await expect(handle.result()).rejects.toSatisfy(
    (error) => (root(error) as ApplicationFailure).type === 'ArtifactMissing',
  );
});

test('a run that is cancelled before it has a record is cancelled', async () => {
  let [opening, end] = [() => {}, () => {}];
  const opened = new Promise<void>((resolve) => (opening = resolve));
  const held = new Promise<void>((resolve) => (end = resolve));
  const handle = await start({
    recordRun: noRecord,
    openRun: () => {
      opening();
      return held;
    },
  });
  await opened;
  await handle.cancel();
  await expect(handle.result()).rejects.toSatisfy(
    (error) => error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure,
  );
  expect((await handle.describe()).status.name).toBe('CANCELLED');
  end();
});

test('a run that is terminated leaves no rollout half done', async () => {
  let back = false;
  const handle = await start({tookBack: () => void (back = true)});
  const rollout = workers!.client.workflow.getHandle(rolloutWorkflowId(handle.workflowId));
  const running = async () => (await rollout.describe().catch(() => null))?.status.name;
  await expect.poll(running, {timeout: 60_000}).toBe('RUNNING');
  await handle.terminate('by hand');
  await expect.poll(running, {timeout: 60_000}).toBe('CANCELLED');
  expect(back).toBe(true);
});

test('a rollout that is terminated has its traffic taken away by its run, which has fallen back', async () => {
  const taken: unknown[] = [];
  const handle = await start({endOrphanedRollout: (input: unknown) => void taken.push(input)});
  const rollout = workers!.client.workflow.getHandle(rolloutWorkflowId(handle.workflowId));
  const running = async () => (await rollout.describe().catch(() => null))?.status.name;
  await expect.poll(running, {timeout: 60_000}).toBe('RUNNING');
  await rollout.terminate('by hand');
  expect(await handle.result()).toMatchObject({
    status: 'fell_back',
    reason: `${rollout.workflowId} was terminated`,
  });
  expect(taken).toEqual([{project: workers!.project}]);
});

test('from the gauntlet on: no source is read and nothing trained, and the record says whose dataset and adapter it has', async () => {
  const asked: string[] = [];
  const recorded: Record<string, unknown>[] = [];
  const handle = await start(
    {
      planCuration: () => {
        throw ApplicationFailure.nonRetryable('the sources were read', 'InvalidInput');
      },
      recordRun: ({change}: {change: {stages?: object}}) => void recorded.push({...change.stages}),
      resolveStage: ({stage}: {stage: string}) => {
        asked.push(stage);
        return {key: digest('9'), workflowId: stage, hit: {...(RESULTS[stage] as object), verdict: 'fail'}};
      },
    },
    {
      given: {
        run: 'lifecycle/mail/20021203T114636Z-k3f9qa',
        curate: {key: digest('1'), result: RESULTS['curate']},
        train: {key: digest('2'), result: RESULTS['train']},
      } as LifecycleInput['given'],
    },
  );
  expect(await handle.result()).toMatchObject({
    status: 'refused',
    data: {dataset: digest('d')},
    cached: ['curate', 'train', 'gauntlet'],
  });
  expect(asked).toEqual(['gauntlet']);
  const note = 'as in lifecycle/mail/20021203T114636Z-k3f9qa';
  expect(Object.assign({}, ...recorded)).toMatchObject({
    curate: {status: 'done', cached: true, key: digest('1'), note},
    train: {status: 'done', cached: true, key: digest('2'), note},
  });
});
