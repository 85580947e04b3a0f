import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import type {WorkflowHandle} from '@temporalio/client';
import type {WorkflowBundleWithSourceMap} from '@temporalio/worker';
import {afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {awaitChild} from '../../activities/stage/own-child.ts';
import * as monitorActivities from '../../activities/monitor/activities.ts';
import type {RetrainInput, RetrainResult} from '../../schemas/retrain.ts';
import {RetrainResult as RetrainResultSchema} from '../../schemas/retrain.ts';
import {asActivity} from '../../workers/run-activity.ts';
import {retrainWorkflowId} from '../../schemas/names.ts';
import type {LifecycleInput} from '../../schemas/stage.ts';
import {resetToStart} from './operator.ts';
import {projectOf, registered} from './project-of.ts';
import type {TestProject} from './project-of.ts';
import {releaseOf} from './releases.ts';
import {record} from './record.ts';
import {bundleOf, newProject, startWorkers} from './workers-of.ts';
import type {TestWorkers} from './workers-of.ts';

let bundle: WorkflowBundleWithSourceMap;
let project: TestProject;
let workers: TestWorkers;
let name: string;

beforeAll(async () => {
  bundle = await bundleOf('watch');
}, 120_000);

beforeEach(async () => {
  name = newProject();
  project = await projectOf(name);
  const model = join(project.context.folder, 'tiny.gguf');
  await writeFile(model, 'not a real model, but a file with a digest');
  const context = {...project.context, environment: {...project.context.environment, model}};
  workers = await startWorkers({
    bundle,
    project: name,
    activities: () => ({
      ...registered(monitorActivities, context),
      awaitChild: asActivity(awaitChild, {...context, client: () => Promise.resolve(workers.client)}),
    }),
  });
});

afterEach(async () => {
  await workers.stop();
  await project.remove();
});

/** A first release, trained on dataset dddd…, is stable. */
async function released(): Promise<void> {
  const {registry, pointers} = project.context.stores;
  const first = releaseOf(name, 'old', 'd'.repeat(64));
  await registry.putRelease(first);
  await pointers.bootstrap(name, first.digest, {by: 'test', why: 'bootstrap'});
}

const asked = (change: Partial<RetrainInput> = {}): RetrainInput => ({
  project: name,
  reason: 'drift',
  startedBy: 'drift',
  starterKey: '',
  ...change,
});
const start = (input = asked()): Promise<WorkflowHandle<(input: RetrainInput) => Promise<RetrainResult>>> =>
  workers.client.workflow.start('retrain', {
    taskQueue: workers.queue,
    workflowId: retrainWorkflowId(name),
    args: [input],
  });

/** The lifecycle that a retrain started, once it is there. */
async function lifecycle(): Promise<WorkflowHandle> {
  const {client} = workers;
  const parent = client.workflow.getHandle(retrainWorkflowId(name));
  for (;;) {
    const {raw} = await parent.describe();
    const child = raw.pendingChildren?.[0];
    // Listed from when it was asked for; it is there when it has a run.
    if (child?.runId) return client.workflow.getHandle(child.workflowId!);
  }
}

describe('a retrain', () => {
  it('is a lifecycle with the live release as parent and feedback up to now', async () => {
    await released();
    const before = Date.now();
    const handle = await start();
    const run = await lifecycle();
    expect(run.workflowId).toMatch(new RegExp(`^lifecycle/${name}/\\d{8}T\\d{6}Z-[0-9a-f]{6}$`));
    const {events} = await run.fetchHistory();
    const {payloads} = events![0]!.workflowExecutionStartedEventAttributes!.input!;
    const input = JSON.parse(Buffer.from(payloads![0]!.data!).toString()) as LifecycleInput;
    expect(input).toMatchObject({
      project: name,
      reason: 'drift',
      startedBy: 'drift',
      starterKey: '',
      priority: 4,
      parentDataset: 'd'.repeat(64),
    });
    expect(Date.parse(input.feedbackCut!)).toBeGreaterThanOrEqual(before - 1000);
    expect(input.keyFingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(await project.context.stores.artifacts.exists(input.resolved)).toBe(true);
    await run.signal('end', 'promoted');
    const result = await handle.result();
    await record(handle, 'retrain-promoted');
    expect(RetrainResultSchema.parse(result)).toEqual(result);
    expect(result).toMatchObject({status: 'promoted', promoted: true, run: run.workflowId, verdict: 'pass'});
  });

  it.each(['refused', 'inconclusive', 'rejected', 'expired', 'fell_back', 'superseded', 'cached'] as const)(
    'that ends %s has ended rightly: the result says so',
    async (status) => {
      await released();
      const handle = await start();
      await (await lifecycle()).signal('end', status);
      expect(await handle.result()).toMatchObject({status, promoted: false, release: 'e'.repeat(64)});
      expect((await handle.describe()).status.name).toBe('COMPLETED');
    },
  );

  it('whose lifecycle fails says that too, with the reason', async () => {
    await released();
    const handle = await start();
    const run = await lifecycle();
    await run.signal('end', 'throw');
    expect(await handle.result()).toEqual({
      status: 'failed',
      reason: 'the disk is full',
      run: run.workflowId,
      promoted: false,
      verdict: null,
      release: null,
    });
    await record(handle, 'retrain-failed');
  });

  it('of a project without a release fails with what to do, and counts as a retrain that came to nothing', async () => {
    const result = await (await start()).result();
    const reason = `${name} has no stable release yet: nothing to retrain; start it with ratchet run ${name}`;
    expect(result).toMatchObject({status: 'failed', run: '', reason});
    const [run, ...more] = await Array.fromAsync(project.context.stores.registry.runs(name));
    expect(run).toMatchObject({status: 'failed', reason: 'drift', startedBy: 'drift', note: reason});
    expect(more).toEqual([]);
    const past = await monitorActivities.pastRetrains({project: name}, project.context);
    expect(past).toMatchObject([{run: run!.id, promoted: false, byHand: false}]);
  });

  it('that is reset goes on with the lifecycle that it started', async () => {
    await released();
    const handle = await start();
    const run = await lifecycle();
    const again = await resetToStart(workers.client, handle);
    const waits = async () => (await again.describe()).raw.pendingChildren?.[0]?.workflowTypeName;
    await expect.poll(waits, {timeout: 45_000}).toBe('adopt');
    await run.signal('end', 'refused');
    expect(await again.result()).toMatchObject({status: 'refused', run: run.workflowId});
    const runs = workers.client.workflow.list({
      query: `WorkflowType = 'lifecycle' AND TaskQueue = '${workers.queue}'`,
    });
    const ids = await Array.fromAsync(runs, ({workflowId}) => workflowId);
    expect(ids.every((id) => id === run.workflowId)).toBe(true);
  });

  it('that is reset after its lifecycle failed starts that once more, under the same name', async () => {
    await released();
    const handle = await start();
    const run = await lifecycle();
    await run.signal('end', 'throw');
    expect(await handle.result()).toMatchObject({status: 'failed', run: run.workflowId});
    const again = await resetToStart(workers.client, handle);
    await expect.poll(async () => (await run.describe()).status.name, {timeout: 45_000}).toBe('RUNNING');
    await run.signal('end', 'promoted');
    expect(await again.result()).toMatchObject({status: 'promoted', run: run.workflowId});
  });

  it('that is cancelled takes its lifecycle along', async () => {
    await released();
    const handle = await start();
    const run = await lifecycle();
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    await expect(run.result()).rejects.toThrow();
    expect((await run.describe()).status.name).toBe('CANCELLED');
  });
});

describe('one retrain a project', () => {
  const byStarter = (input: RetrainInput, workflowId: string) =>
    workers.client.workflow.execute('startRetrain', {taskQueue: workers.queue, workflowId, args: [input]});

  it('whoever asks: the second finds the first', async () => {
    await released();
    const workflowId = retrainWorkflowId(name);
    expect(await byStarter(asked({reason: 'schedule'}), `start-retrain/${name}/1`)).toEqual({
      status: 'started',
      workflowId,
    });
    expect(await byStarter(asked({reason: 'hand', startedBy: 'anna'}), `start-retrain/${name}/2`)).toEqual({
      status: 'already_running',
      workflowId,
    });
    await record(workers.client.workflow.getHandle(`start-retrain/${name}/1`), 'start-retrain');
    // Both starters have ended; the retrain has not.
    const handle = workers.client.workflow.getHandle(workflowId);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await (await lifecycle()).signal('end', 'refused');
    expect(await handle.result()).toMatchObject({
      status: 'refused',
      reason: expect.stringContaining('schedule'),
    });
    // And then there can be another one.
    expect(await byStarter(asked(), `start-retrain/${name}/3`)).toMatchObject({status: 'started'});
    await (await lifecycle()).signal('end', 'refused');
  });

  it('by a Schedule, which starts the starter', async () => {
    await released();
    const {schedule} = workers.client;
    const handle = await schedule.create({
      scheduleId: `retrain/${name}`,
      spec: {intervals: [{every: '365 d'}]},
      policies: {overlap: 'SKIP', catchupWindow: '1 h', pauseOnFailure: true},
      action: {
        type: 'startWorkflow',
        workflowType: 'startRetrain',
        workflowId: `start-retrain/${name}`,
        taskQueue: workers.queue,
        args: [asked({reason: 'schedule', startedBy: 'schedule'})],
      },
    });
    try {
      await handle.trigger();
      const run = await poll(lifecycle);
      await handle.trigger();
      await expect
        .poll(async () => (await handle.describe()).info.numActionsTaken, {timeout: 45_000, interval: 200})
        .toBe(2);
      await run.signal('end', 'inconclusive');
      const result: unknown = await workers.client.workflow.getHandle(retrainWorkflowId(name)).result();
      expect(result).toMatchObject({status: 'inconclusive'});
    } finally {
      await handle.delete();
    }
  });
});

describe('an open circuit', () => {
  /** Retrains that came to nothing, as many as open it. */
  async function opened(): Promise<void> {
    await released();
    for (const day of [1, 2, 3])
      await project.context.stores.registry.startRun({
        v: 1,
        id: `lifecycle/${name}/2026010${day}T000000Z-aaaaaa`,
        project: name,
        status: 'done',
        startedBy: 'drift',
        reason: 'drift',
        stages: {},
        outcome: 'refused',
        links: {},
        startedAt: `2026-01-0${day}T00:00:00.000Z`,
        endedAt: `2026-01-0${day}T00:00:00.000Z`,
      });
  }

  it('pauses a Schedule, which goes on when a person has closed the circuit', async () => {
    await opened();
    const {schedule, workflow} = workers.client;
    const handle = await schedule.create({
      scheduleId: `schedule/${name}/retrain`,
      spec: {intervals: [{every: '365 d'}]},
      policies: {overlap: 'SKIP', catchupWindow: '1 h', pauseOnFailure: true},
      action: {
        type: 'startWorkflow',
        workflowType: 'startRetrain',
        workflowId: `start-schedule/${name}/retrain`,
        taskQueue: workers.queue,
        args: [asked({reason: 'schedule', startedBy: 'schedule'})],
      },
    });
    try {
      await handle.trigger('SKIP');
      const paused = async (): Promise<boolean> => (await handle.describe()).state.paused;
      await expect.poll(paused, {timeout: 45_000, interval: 200}).toBe(true);
      const {note} = (await handle.describe()).state;
      expect(note).toContain('3 retrains in a row were not promoted');
      expect(note).toMatch(/ratchet monitor reset, then ratchet schedule resume$/);
      await expect(workflow.getHandle(retrainWorkflowId(name)).describe()).rejects.toThrow();

      const at = new Date().toISOString();
      await monitorActivities.recordReset({project: name, at, by: 'anna', comment: ''}, project.context);
      await handle.unpause();
      // A Schedule names what it starts by the second: another one within it would be the same.
      await delay(1_100);
      await handle.trigger('SKIP');
      await (await poll(lifecycle)).signal('end', 'promoted');
      expect(await workflow.getHandle(retrainWorkflowId(name)).result()).toMatchObject({promoted: true});
      await expect.poll(paused, {timeout: 45_000, interval: 200}).toBe(false);
    } finally {
      await handle.delete();
    }
  });

  it('holds nobody who retrains by hand', async () => {
    await opened();
    const input = asked({reason: 'hand', startedBy: 'anna'});
    const workflowId = `start-retrain/${name}/hand`;
    expect(
      await workers.client.workflow.execute('startRetrain', {
        taskQueue: workers.queue,
        workflowId,
        args: [input],
      }),
    ).toMatchObject({status: 'started'});
    await (await lifecycle()).signal('end', 'refused');
  });
});

/** Until the workflow is there to be asked. */
async function poll<T>(ask: () => Promise<T>): Promise<T> {
  let found: {value: T} | null = null;
  await expect
    .poll(
      async () => {
        found = {value: await ask()};
        return true;
      },
      {timeout: 45_000, interval: 200},
    )
    .toBe(true);
  return found!['value'];
}
