import {randomUUID} from 'node:crypto';
import type {WorkflowHandle} from '@temporalio/client';
import {ApplicationFailure} from '@temporalio/common';
import type {WorkflowBundleWithSourceMap} from '@temporalio/worker';
import {afterEach, beforeAll, describe, expect, test} from 'vitest';
import type {ArtifactRef} from '../../schemas/artifact.ts';
import type {LifecycleResult} from '../../schemas/lifecycle.ts';
import {lifecycleWorkflowId} from '../../schemas/names.ts';
import type {Verdict} from '../../schemas/names.ts';
import {awaitChild} from '../../activities/stage/own-child.ts';
import type {ActivityContext} from '../../activities/context.ts';
import {asActivity} from '../../workers/run-activity.ts';
import {resetToStart} from './operator.ts';
import {record} from './record.ts';
import {bundleOf, startWorkers, type TestWorkers} from './workers-of.ts';

const digest = (of: string) => of.repeat(64);
const ref = (uri: string): ArtifactRef => ({
  uri,
  sha256: digest('0'),
  bytes: 0,
  mediaType: 'application/json',
});
const [CANDIDATE, STABLE, DATASET] = [digest('c'), digest('b'), digest('d')];
const TRAINED = {
  adapter: {
    digest: digest('a'),
    safetensors: ref('safetensors'),
    gguf: ref('gguf'),
    config: ref('config'),
  },
  steps: 8,
  events: ref('events'),
  scores: ref('scores'),
};

let bundle: WorkflowBundleWithSourceMap;
let workers: TestWorkers;
beforeAll(async () => {
  bundle = await bundleOf('stages');
}, 120_000);
afterEach(() => workers.stop());

interface Called {
  /** Places of the shards that were curated. */
  readonly shards: number[];
  readonly joined: {shards: ArtifactRef[]; lists?: ArtifactRef[]}[];
  readonly listed: ArtifactRef[][];
  readonly kept: string[];
}

/** Workers whose activities give at once what the real ones would; `change` replaces some of them. */
async function stages(shards: number, verdict: Verdict, change: Record<string, unknown> = {}) {
  const called: Called = {shards: [], joined: [], listed: [], kept: []};
  const gauntlet = {release: CANDIDATE, stable: STABLE, verdict, report: ref('report')};
  const files = {html: ref('html'), markdown: ref('markdown'), modelCard: ref('card')};
  workers = await startWorkers({
    bundle,
    activities: (project) => ({
      openRun: () => ({
        stable: STABLE,
        base: STABLE,
        first: true,
        init: null,
        rollout: [],
        approval: {required: 1, starterMayApprove: true, timeoutMs: 1, reminderMs: 1},
      }),
      recordRun: () => undefined,
      keepReport: () => undefined,
      keepOutcome: () => undefined,
      planCuration: () => ({plan: ref('plan'), records: '', golden: '', processed: 3, reused: 0}),
      resolveStage: ({stage}: {stage: string}) => ({
        key: digest('f'),
        hit: null,
        workflowId: `${stage}/${project}/ffffffffffff`,
      }),
      keepStage: ({request}: {request: {stage: string}}) => void called.kept.push(request.stage),
      shardCount: () => shards,
      curateShard({index}: {index: number}) {
        called.shards.push(index);
        return ref(`shard-${index}`);
      },
      listShards({shards: all}: {shards: ArtifactRef[]}) {
        called.listed.push(all);
        return ref(`list from ${all[0]!.uri}`);
      },
      joinShards(input: {shards: ArtifactRef[]; lists?: ArtifactRef[]}) {
        called.joined.push(input);
        const counts = {rowsIn: 3, rowsKept: 3, drops: {}, processed: 3, reused: 0};
        return {dataset: DATASET, manifest: ref('manifest'), ...counts};
      },
      embedDataset: () => undefined,
      renderTrainingSet: () => ({
        train: ref('train'),
        validation: ref('validation'),
        trainRows: 24,
        validationRows: 8,
        golden: ref('golden'),
      }),
      estimateStage: () => ({line: 'estimate: nothing'}),
      trainAdapter: () => TRAINED,
      checkParity: () => ({rows: 8}),
      makeRelease: () => ({digest: CANDIDATE}),
      findFormer: () => null,
      planGauntlet: () => ({
        batches: ['candidate', 'stable'].map((title) => ({title, items: 4, release: title, ref: ref(title)})),
        items: 8,
        concurrency: 2,
        ref: ref('items'),
      }),
      prepareGauntlet: () => undefined,
      answerBatch: ({batch}: {batch: {title: string}}) => ref(`answers of ${batch.title}`),
      scoreGauntlet: () => ({...gauntlet, ...files}),
      ...change,
    }),
  });
  return called;
}

async function start(): Promise<WorkflowHandle<() => Promise<LifecycleResult>>> {
  const {project, client, queue} = workers;
  return client.workflow.start('lifecycle', {
    workflowId: lifecycleWorkflowId(project, '20261126T000000Z', randomUUID().slice(0, 6)),
    taskQueue: queue,
    args: [
      {
        project,
        resolved: ref('settings'),
        keyFingerprint: '',
        startedBy: 'anna',
        starterKey: '',
        reason: 'first',
        feedbackCut: null,
        parentDataset: null,
        priority: 2,
      },
    ],
  });
}
const stageOf = (stage: string): WorkflowHandle =>
  workers.client.workflow.getHandle(`${stage}/${workers.project}/ffffffffffff`);

describe('a run', () => {
  test('goes through every stage, each in a workflow of its own', async () => {
    const called = await stages(3, 'pass');
    const handle = await start();
    expect(await handle.result()).toMatchObject({status: 'promoted', release: CANDIDATE, cached: []});
    expect(called.kept).toEqual(['curate', 'train', 'gauntlet']);
    await record(handle, 'lifecycle-promoted');
    for (const stage of ['curate', 'train', 'gauntlet']) await record(stageOf(stage), stage);
  });

  test('whose candidate does not pass ends before anybody is asked', async () => {
    await stages(3, 'fail');
    const handle = await start();
    expect(await handle.result()).toMatchObject({status: 'refused', approval: null, rollout: null});
    await record(handle, 'lifecycle-refused');
  });

  test('fails with the error of its stage', async () => {
    const full = ApplicationFailure.nonRetryable('the disk is full', 'DiskFull');
    await stages(3, 'pass', {trainAdapter: () => Promise.reject(full)});
    const handle = await start();
    await expect(handle.result()).rejects.toThrow();
    await record(handle, 'lifecycle-failed');
    await record(stageOf('train'), 'train-failed');
  });
});

describe('a run that searches for hyperparameters', () => {
  const trials = Array.from({length: 6}, (_, i) => ({
    number: i + 1,
    point: {learning_rate: (i + 1) / 1000},
    key: digest(`${i}`),
    job: digest(`${i + 1}`),
    request: {
      stage: 'train',
      project: 'mail',
      resolved: ref(`trial ${i + 1}`),
      keyFingerprint: '',
      inputs: {},
    },
  }));
  /** Losses of trials 1 to 6: the fifth is the best at first, then the second. */
  const losses: Record<number, readonly number[]> = {
    1: [0.9, 0.3, 0.8, 0.7, 0.2, 0.6],
    3: [1, 0.1, 1, 1, 0.15, 1],
  };
  type Asked = {key: string; step: number; account: string; request: {project: string}};
  const numberOf = ({key}: {key: string}) => trials.findIndex(({job}) => job === key) + 1;
  /** A run with a sweep of six; `change` replaces what its trials do. */
  async function sweep(change: Record<string, unknown> = {}) {
    const asked: {number: number; step: number}[] = [];
    const checked: object[] = [];
    const records: object[] = [];
    const trained: string[] = [];
    const called = await stages(1, 'pass', {
      openRun: () => ({
        stable: STABLE,
        base: STABLE,
        first: true,
        init: null,
        rollout: [],
        sweep: true,
        approval: {required: 1, starterMayApprove: true, timeoutMs: 1, reminderMs: 1},
      }),
      planSweep: ({request: {project}}: Asked) => ({
        rungs: [1, 3, 9],
        trials: trials.map((trial) => ({...trial, request: {...trial.request, project}})),
      }),
      checkRung: ({trials: some, from, to}: {trials: number; from: number; to: number}) =>
        void checked.push({some, from, to}),
      trainRung(input: Asked) {
        asked.push({number: numberOf(input), step: input.step});
        return {step: input.step, loss: losses[input.step]![numberOf(input) - 1]};
      },
      trainAdapter({key}: {key: string}) {
        trained.push(key);
        return TRAINED;
      },
      recordSweep({record: one}: {record: object}) {
        records.push(one);
        return ref('sweep');
      },
      ...change,
    });
    const handle = await start();
    return {called, handle, asked, checked, records, trained};
  }
  const trialOf = (number: number, step: number): WorkflowHandle =>
    workers.client.workflow.getHandle(
      `trial/${workers.project}/${trials[number - 1]!.job.slice(0, 12)}/${step}`,
    );

  test('takes the best third on, rung by rung, and trains the winner to the end from its checkpoint', async () => {
    const {called, handle, asked, checked, records, trained} = await sweep();
    expect(await handle.result()).toMatchObject({status: 'promoted', release: CANDIDATE});
    expect(
      asked
        .filter(({step}) => step === 1)
        .map(({number}) => number)
        .toSorted(),
    ).toEqual([1, 2, 3, 4, 5, 6]);
    expect(
      asked
        .filter(({step}) => step === 3)
        .map(({number}) => number)
        .toSorted(),
    ).toEqual([2, 5]);
    expect(checked).toEqual([
      {some: 6, from: 0, to: 1},
      {some: 2, from: 1, to: 3},
      {some: 1, from: 3, to: 9},
    ]);
    expect(trained).toEqual([trials[1]!.job]);
    expect(records).toMatchObject([{winner: 2, rungs: [1, 3, 9], trials: {length: 6}}]);
    // The winner's training is found by itself, too.
    expect(called.kept).toEqual(['curate', 'train', 'sweep', 'gauntlet']);
    await record(handle, 'lifecycle-with-sweep');
    await record(stageOf('sweep'), 'sweep');
    await record(trialOf(2, 3), 'trial');
  });

  test('goes on without a trial that fails by its own fault', async () => {
    const full = ApplicationFailure.nonRetryable('the device ran out of memory', 'GpuOutOfMemory');
    const {handle, records} = await sweep({
      trainRung: (input: Asked) =>
        numberOf(input) === 5
          ? Promise.reject(full)
          : {step: input.step, loss: losses[input.step]![numberOf(input) - 1]},
    });
    await handle.result();
    const [kept] = records as {winner: number; trials: {rungs: object[]}[]}[];
    expect(kept!.winner).toBe(2);
    expect(kept!.trials[4]!.rungs).toEqual([{step: 1, loss: null, failed: 'the device ran out of memory'}]);
    await record(trialOf(5, 1), 'trial-failed');
  });

  test('is reset while its trials are under way: they go on, each once', async () => {
    let finish!: () => void;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const begun: number[] = [];
    const {handle, records} = await sweep({
      awaitChild: asActivity(awaitChild, {client: () => Promise.resolve(workers.client)} as ActivityContext),
      async trainRung(input: Asked) {
        if (input.step === 1) {
          begun.push(numberOf(input));
          const {Context} = await import('@temporalio/activity');
          const context = Context.current();
          const beat = setInterval(() => context.heartbeat(), 500);
          await finished;
          clearInterval(beat);
        }
        return {step: input.step, loss: losses[input.step]![numberOf(input) - 1]};
      },
    });
    await expect.poll(() => begun.length, {timeout: 30_000}).toBe(6);
    const again = await resetToStart(workers.client, stageOf('sweep'));
    const adopted = async () =>
      (await again.describe()).raw.pendingChildren?.filter(
        ({workflowTypeName}) => workflowTypeName === 'adopt',
      );
    await expect.poll(async () => (await adopted())?.length, {timeout: 30_000}).toBe(6);
    expect(begun.toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
    finish();
    expect(await handle.result()).toMatchObject({status: 'promoted'});
    expect(records).toMatchObject([{winner: 2}]);
  });

  test('ends with the budget, after every trial that is under way has stopped', async () => {
    const stopped: number[] = [];
    const {handle} = await sweep({
      async trainRung(input: Asked) {
        const number = numberOf(input);
        if (number === 1) throw ApplicationFailure.nonRetryable('5 of 5 USD are spent', 'BudgetExceeded');
        const {Context} = await import('@temporalio/activity');
        const context = Context.current();
        const beat = setInterval(() => context.heartbeat(), 500);
        try {
          await context.cancelled;
        } finally {
          clearInterval(beat);
          stopped.push(number);
        }
      },
    });
    await expect(handle.result()).rejects.toMatchObject({
      cause: {cause: {cause: {cause: {type: 'BudgetExceeded', message: '5 of 5 USD are spent'}}}},
    });
    expect(stopped.toSorted()).toEqual([2, 3, 4, 5, 6]);
    await record(stageOf('sweep'), 'sweep-over-budget');
  });
});

describe('a curation of more shards than one history holds', () => {
  /** The curation alone, of so many shards. */
  async function curate(shards: number): Promise<{called: Called; handle: WorkflowHandle}> {
    const called = await stages(shards, 'pass');
    const {project, client, queue} = workers;
    const request = {stage: 'curate', project, resolved: ref('settings'), keyFingerprint: '', inputs: {}};
    const handle = await client.workflow.start('curate', {
      workflowId: `curate/${project}/ffffffffffff`,
      taskQueue: queue,
      args: [{request: {...request, refs: {plan: ref('plan')}}, key: digest('f'), waiter: 'run@1'}],
    });
    await handle.result();
    return {called, handle};
  }

  test('is shared out to children of 500, and joined by the lists that they give', async () => {
    const {called, handle} = await curate(501);
    expect(called.shards.toSorted((a, b) => a - b)).toEqual(Array.from({length: 501}, (_, i) => i));
    expect(called.listed.map(({length}) => length).toSorted()).toEqual([1, 500]);
    for (const list of called.listed)
      expect(list.map(({uri}) => Number(uri.slice('shard-'.length)))).toEqual(
        Array.from({length: list.length}, (_, i) => (list.length === 1 ? 500 : i)),
      );
    expect(called.joined).toMatchObject([
      {shards: [], lists: [{uri: 'list from shard-0'}, {uri: 'list from shard-500'}]},
    ]);
    const {events} = await handle.fetchHistory();
    expect(events!.length).toBeLessThan(100);
    await record(handle, 'curate-by-children');
    const children = workers.client.workflow.getHandle(`${handle.workflowId}/shards-501-501`);
    await record(children, 'curate-shards');
  }, 120_000);

  test('has none at 500', async () => {
    const {called} = await curate(500);
    expect(called.listed).toEqual([]);
    expect(called.joined[0]!.shards).toHaveLength(500);
    expect(called.joined[0]).not.toHaveProperty('lists');
  }, 120_000);
});
