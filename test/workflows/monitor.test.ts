import {randomBytes} from 'node:crypto';
import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {WorkflowUpdateFailedError} from '@temporalio/client';
import {ApplicationFailure} from '@temporalio/common';
import type {WorkflowHandle} from '@temporalio/client';
import type {WorkflowBundleWithSourceMap} from '@temporalio/worker';
import {afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {keepListings, listSources} from '../../activities/curate/listing.ts';
import * as monitorActivities from '../../activities/monitor/activities.ts';
import {seededRandom} from '../../core/evaluation/statistics/random.ts';
import type {Random} from '../../core/evaluation/statistics/random.ts';
import {traceId} from '../../core/identity/trace-id.ts';
import {DriftReport, MonitorLook} from '../../schemas/drift.ts';
import type {MonitorInput} from '../../schemas/drift.ts';
import {CHECK_NOW, LAST_LOOK, RESET_CIRCUIT} from '../../schemas/messages.ts';
import {monitorWorkflowId, retrainWorkflowId} from '../../schemas/names.ts';
import type {ProjectYaml} from '../../schemas/project.ts';
import type {Feedback, Trace} from '../../schemas/trace.ts';
import {says, trace} from '../core/rollout/traffic.ts';
import {details} from './details.ts';
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
let stable: string;
let random: Random;

const MONITOR: ProjectYaml['monitor'] = {
  window: 40,
  cycle: 'none',
  permutations: 199,
  interval: '1 h',
  cool_down: '1 h',
};

beforeAll(async () => {
  bundle = await bundleOf('watch');
}, 120_000);

beforeEach(async () => {
  random = seededRandom('monitor');
  name = newProject();
  project = await projectOf(name, {monitor: MONITOR});
  const model = join(project.context.folder, 'tiny.gguf');
  await writeFile(model, 'not a real model, but a file with a digest');
  const context = {...project.context, environment: {...project.context.environment, model}};
  const release = releaseOf(name, 'old', 'd'.repeat(64));
  await project.context.stores.registry.putRelease(release);
  stable = release.digest;
  await project.context.stores.pointers.bootstrap(name, stable, {by: 'test', why: 'bootstrap'});
  workers = await startWorkers({
    bundle,
    project: name,
    activities: () => registered(monitorActivities, context),
  });
});

afterEach(async () => {
  const {client} = workers;
  // The child that a test may have left running, and the monitor itself, which never ends.
  for (const id of [monitorWorkflowId(name), retrainWorkflowId(name)]) {
    await client.workflow
      .getHandle(id)
      .terminate()
      .catch(() => undefined);
  }
  await workers.stop();
  await project.remove();
});

type Handle = WorkflowHandle<(input: MonitorInput) => Promise<void>>;
const start = (): Promise<Handle> =>
  workers.client.workflow.start('monitor', {
    taskQueue: workers.queue,
    workflowId: monitorWorkflowId(name),
    args: [{project: name}],
  });
const look = async (handle: Handle): Promise<MonitorLook> => {
  const answer = await handle.executeUpdate<MonitorLook, []>(CHECK_NOW);
  expect(MonitorLook.parse(answer)).toEqual(answer);
  return answer;
};

/**
 * n answers of the stable release that users corrected where wrong. Later mail is longer, more of it spam, more is wrong. Ids
 * within one millisecond follow the order of the answers: by chance they would deal it anew each time, and drift judges by it.
 */
async function answers(n: number, when: 'first' | 'later'): Promise<void> {
  const [spam, length, wrong] = when === 'first' ? [0.2, 6, 0.05] : [0.7, 8, 0.5];
  const traces: Trace[] = [];
  const feedback: Feedback[] = [];
  for (let i = 0; i < n; i++) {
    const at = Date.now();
    const output = random.next() < spam ? 'spam' : 'ham';
    const one = trace({
      id: traceId(at, numbered(i)),
      at: new Date(at).toISOString(),
      project: name,
      release: stable,
      output,
      fields: {body: 'x'.repeat(Math.round(Math.exp(length + 0.5 * random.normal())))},
    });
    traces.push(one);
    if (random.next() < wrong) feedback.push(says(one, {correction: output === 'spam' ? 'ham' : 'spam'}));
  }
  const {stores} = project.context;
  await stores.traces.append(name, traces);
  await stores.traces.appendFeedback(name, feedback);
}

/** The random part of an id, in the order of i. */
function numbered(i: number): Uint8Array {
  const bytes = randomBytes(12);
  bytes.writeUInt16BE(i, 0);
  return bytes;
}

const retrains = async (): Promise<string> =>
  workers.client.workflow
    .getHandle(retrainWorkflowId(name))
    .describe()
    .then(
      ({status}) => status.name,
      () => 'none',
    );

/** A retrain that ended like this, as a lifecycle run keeps it. */
async function past(id: string, outcome: 'promoted' | 'refused', startedAt: string): Promise<void> {
  await project.context.stores.registry.startRun({
    v: 1,
    id: `lifecycle/${name}/${id}`,
    project: name,
    status: 'done',
    startedBy: 'drift',
    reason: 'drift',
    startedAt,
    endedAt: startedAt,
    stages: {},
    outcome,
    links: {},
  });
}

describe('more of the same', () => {
  it('is no drift, and starts no retrain', async () => {
    const handle = await start();
    await answers(40, 'first');
    await answers(80, 'first');
    const seen = await look(handle);
    expect(seen).toMatchObject({retrain: 'none', check: {release: stable, drift: {drifted: false}}});
    expect(seen.check!.drift.columns.map(({column}) => column)).toEqual([
      'input_length',
      'language',
      'embedding',
      'label_share',
      'accuracy',
    ]);
    const report = await project.context.stores.artifacts.getJson(seen.check!.drift.report, DriftReport);
    expect(report).toMatchObject({release: stable, reference: {n: 40}, current: {n: 40}, drifted: false});
    expect(await retrains()).toBe('none');
    expect(await details(handle)).toMatch(/^\*\*No drift\*\*/);
    expect(await handle.query(LAST_LOOK)).toEqual(seen);
  });

  it('or too little of it, is said', async () => {
    const handle = await start();
    expect(await look(handle)).toMatchObject({
      check: null,
      retrain: 'none',
      note: 'the reference window is not full yet: the first 40 inputs of the stable release',
    });
    await answers(40, 'first');
    await answers(19, 'later');
    expect(await look(handle)).toMatchObject({
      check: null,
      note: '19 inputs since the reference window, at least 20 needed',
    });
  });
});

describe('drift', () => {
  const drifted = async (): Promise<{handle: Handle; seen: MonitorLook}> => {
    const handle = await start();
    await answers(40, 'first');
    await answers(40, 'later');
    return {handle, seen: await look(handle)};
  };

  it('is found by the figures, audited, and starts one retrain', async () => {
    const {handle, seen} = await drifted();
    expect(seen.retrain).toBe('started');
    const found = seen.check!.drift.columns.filter((column) => column.drifted).map(({column}) => column);
    expect(found).toEqual(expect.arrayContaining(['input_length', 'label_share', 'accuracy']));
    await expect.poll(retrains, {timeout: 45_000}).toBe('RUNNING');
    const {events} = await workers.client.workflow.getHandle(retrainWorkflowId(name)).fetchHistory();
    const {payloads} = events![0]!.workflowExecutionStartedEventAttributes!.input!;
    expect(JSON.parse(Buffer.from(payloads![0]!.data!).toString())).toMatchObject({
      project: name,
      reason: 'drift',
    });
    const [entry] = (await project.audited()).filter(({kind}) => kind === 'drift');
    expect(entry!.data).toMatchObject({
      release: stable,
      retrain: 'started',
      report: seen.check!.drift.report.sha256,
    });
    expect(await details(handle)).toMatch(/^\*\*Drifted\*\*.*\n- release .*, retrain: started/);
  });

  it('starts no second one, neither while the first runs nor soon after', async () => {
    const {handle} = await drifted();
    await answers(40, 'later');
    expect(await look(handle)).toMatchObject({
      retrain: 'cool_down',
      note: expect.stringContaining('cool-down until'),
    });
    await project.write({monitor: {...MONITOR, cool_down: '1 ms'}});
    // The settings are read before each wait, so one look still knows the old ones.
    await look(handle);
    const running = await look(handle);
    expect(running).toMatchObject({
      retrain: 'running',
      note: expect.stringContaining(`retrain/${name} is running`),
    });
  });

  it('starts none where the last ones all came to nothing, until a person closes the circuit', async () => {
    await past('20260101T000000Z-aaaaaa', 'refused', '2026-01-01T00:00:00.000Z');
    await past('20260102T000000Z-aaaaaa', 'refused', '2026-01-02T00:00:00.000Z');
    await past('20260103T000000Z-aaaaaa', 'refused', '2026-01-03T00:00:00.000Z');
    const {handle, seen} = await drifted();
    expect(seen).toMatchObject({retrain: 'circuit', note: expect.stringContaining('3 retrains in a row')});
    expect(await retrains()).toBe('none');

    for (const argument of [undefined, {}, {by: '', comment: ''}, 'anna']) {
      await expect(handle.executeUpdate(RESET_CIRCUIT, {args: [argument]})).rejects.toBeInstanceOf(
        WorkflowUpdateFailedError,
      );
      await handle.signal(RESET_CIRCUIT, argument);
    }
    expect((await look(handle)).retrain).toBe('circuit');

    await handle.executeUpdate(RESET_CIRCUIT, {args: [{by: 'anna', comment: 'labels were wrong'}]});
    expect((await look(handle)).retrain).toBe('started');
    const circuit = (await project.audited()).filter(({kind}) => kind === 'circuit');
    expect(circuit.map(({actor}) => actor)).toEqual(['monitor', 'monitor', 'anna']);
    await record(handle, 'monitor-circuit-and-retrain');
  });

  it('goes on where a signal to close the circuit came to nothing, and says why', async () => {
    await workers.stop();
    workers = await startWorkers({
      bundle,
      project: name,
      activities: () => ({
        ...registered(monitorActivities, project.context),
        recordReset: () =>
          Promise.reject(ApplicationFailure.nonRetryable('the store refuses', 'AccessDenied')),
      }),
    });
    const handle = await start();
    await handle.signal(RESET_CIRCUIT, {by: 'anna', comment: 'labels were wrong'});
    await expect
      .poll(() => details(handle), {timeout: 45_000})
      .toContain('the circuit could not be closed: the store refuses');
    await expect(
      handle.executeUpdate(RESET_CIRCUIT, {args: [{by: 'anna', comment: ''}]}),
    ).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
    expect(await look(handle)).toMatchObject({retrain: 'none'});
    expect((await handle.describe()).status.name).toBe('RUNNING');
  });

  it('a promotion in between closes it too', async () => {
    await past('20260101T000000Z-aaaaaa', 'refused', '2026-01-01T00:00:00.000Z');
    await past('20260102T000000Z-aaaaaa', 'refused', '2026-01-02T00:00:00.000Z');
    await past('20260103T000000Z-aaaaaa', 'promoted', '2026-01-03T00:00:00.000Z');
    await past('20260104T000000Z-aaaaaa', 'refused', '2026-01-04T00:00:00.000Z');
    expect((await drifted()).seen.retrain).toBe('started');
  });
});

describe('new data', () => {
  const SOURCE = {name: 'mails', uri: 'file:mails.jsonl', format: 'jsonl', fields: {}} as const;
  const mails = (n: number): Promise<void> =>
    writeFile(join(project.context.folder, 'mails.jsonl'), '{"body": "hello"}\n'.repeat(n));
  /** As a run leaves it that has planned a dataset from the sources. */
  const curated = async (): Promise<void> => {
    const {stores, folder} = project.context;
    await keepListings(stores, name, await listSources([SOURCE], folder));
  };
  const inputOf = async (): Promise<unknown> => {
    await expect.poll(retrains, {timeout: 45_000}).toBe('RUNNING');
    const {events} = await workers.client.workflow.getHandle(retrainWorkflowId(name)).fetchHistory();
    const {payloads} = events![0]!.workflowExecutionStartedEventAttributes!.input!;
    return JSON.parse(Buffer.from(payloads![0]!.data!).toString());
  };

  it('in a source starts one retrain, and is audited', async () => {
    await mails(3);
    await curated();
    const handle = await start();
    expect(await look(handle)).toMatchObject({retrain: 'none'});
    await mails(4);
    const seen = await look(handle);
    expect(seen).toMatchObject({retrain: 'started', note: expect.stringContaining('; new data in mails')});
    expect(await inputOf()).toMatchObject({project: name, reason: 'new_data', startedBy: 'new_data'});
    expect(await details(handle)).toMatch(/\n- retrain: started/);
    expect(await look(handle)).toMatchObject({
      retrain: 'cool_down',
      note: expect.stringContaining('new data in mails; no retrain: cool-down until'),
    });
    const [entry, ...more] = (await project.audited()).filter(({kind}) => kind === 'retrain');
    expect([entry!.actor, entry!.data, more]).toMatchObject([
      'monitor',
      {reason: 'new_data', sources: ['mails']},
      [],
    ]);
    // The retrain has planned a dataset from them: they are no news any more.
    await curated();
    expect(await look(handle)).toMatchObject({retrain: 'none'});
    await record(handle, 'monitor-new-data');
  });

  it('starts none where the circuit is open', async () => {
    await mails(3);
    await curated();
    for (const day of [1, 2, 3])
      await past(`2026010${day}T000000Z-aaaaaa`, 'refused', `2026-01-0${day}T00:00:00.000Z`);
    await mails(4);
    expect(await look(await start())).toMatchObject({
      retrain: 'circuit',
      note: expect.stringContaining('3 retrains in a row'),
    });
    expect(await retrains()).toBe('none');
  });

  it('is none where no dataset was made yet, where a source is empty now, or where it cannot be listed', async () => {
    const handle = await start();
    await mails(3);
    expect(await look(handle)).toMatchObject({retrain: 'none'});
    await curated();
    await rm(join(project.context.folder, 'mails.jsonl'));
    expect(await look(handle)).toMatchObject({retrain: 'none'});
    await project.write({
      monitor: MONITOR,
      sources: [{...SOURCE, uri: 'npm:no-such-package/*.jsonl'}],
    });
    expect(await look(handle)).toMatchObject({
      retrain: 'none',
      note: expect.stringMatching(
        /^the reference window .*; the sources could not be listed: .*no-such-package/,
      ),
    });
  });
});

describe('by its timer', () => {
  it('a window is looked at once half of it is new', async () => {
    await project.write({monitor: {...MONITOR, interval: '100 ms'}});
    await answers(40, 'first');
    await answers(40, 'first');
    const handle = await start();
    const last = () => handle.query<MonitorLook | null>(LAST_LOOK);
    await expect.poll(last, {timeout: 45_000, interval: 20}).toMatchObject({
      note: '0 new inputs since the last look, 20 needed',
    });
    await answers(20, 'first');
    await expect.poll(async () => (await stored()).length, {timeout: 45_000, interval: 100}).toBe(2);
  });

  it('lives on when a look fails, and says why', async () => {
    const handle = await start();
    await answers(40, 'first');
    await writeFile(project.context.file, 'version: 1\nproject: [');
    expect((await look(handle)).note).toMatch(/^could not look: .*ratchet.yaml:2:/);
    await project.write({monitor: MONITOR});
    expect((await look(handle)).note).toBe('0 inputs since the reference window, at least 20 needed');
  });

  it('begins a new history long before the old one is full, and knows what it knew', async () => {
    await answers(40, 'first');
    const first = await start();
    const {runId} = await first.describe();
    const now = workers.client.workflow.getHandle(monitorWorkflowId(name));
    for (let looks = 0; looks < 100; looks++) await look(now);
    await expect.poll(async () => (await now.describe()).runId, {timeout: 45_000}).not.toBe(runId);
    const {events} = await now.fetchHistory();
    const {payloads} = events![0]!.workflowExecutionStartedEventAttributes!.input!;
    expect(JSON.parse(Buffer.from(payloads![0]!.data!).toString())).toMatchObject({
      project: name,
      state: {reference: {release: stable, n: 40}, checks: 100},
    });
    const note = '0 inputs since the reference window, at least 20 needed';
    expect(await now.query(LAST_LOOK)).toMatchObject({note});
    await expect.poll(() => details(now), {timeout: 45_000}).toContain(note);
  }, 120_000);
});

/** Keys of the drift checks that are kept. */
async function stored(): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of project.context.stores.objects.list(`drift/${name}/`)) keys.push(key);
  return keys;
}
