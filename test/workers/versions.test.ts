import {generateKeyPairSync} from 'node:crypto';
import {Client, Connection, type WorkflowHandle} from '@temporalio/client';
import {NativeConnection, Worker} from '@temporalio/worker';
import type {temporal} from '@temporalio/proto';
import {afterAll, beforeAll, expect, test} from 'vitest';
import * as approvalActivities from '../../activities/approval/decide.ts';
import {keyId, rawPublicKey, signDecision} from '../../core/approval/signature.ts';
import type {ApprovalInput} from '../../schemas/approval.ts';
import {CHECK_NOW, DECIDE} from '../../schemas/messages.ts';
import {approvalWorkflowId, monitorWorkflowId, taskQueue} from '../../schemas/names.ts';
import {thisBuild} from '../../host/build.ts';
import {deployedVersions, openRuns, type DeploymentOf} from '../../temporal/deployed-versions.ts';
import {KeptVersions} from '../../stores/registry/kept-versions.ts';
import {until} from '../cli/until.ts';
import {temporalAddress} from '../setup/services.ts';
import {projectOf, registered, type TestProject} from '../workflows/project-of.ts';
import {bundleOf, newProject} from '../workflows/workers-of.ts';
import {Checkout, type WorkflowWorker} from './checkout.ts';

const name = newProject();
const queue = taskQueue(name, 'workflow');
/** Where the runs lie that ask for an approval. */
const runsQueue = `${queue}/runs`;
const digests = {release: 'a1'.repeat(32), dataset: 'b2'.repeat(32), report: 'c3'.repeat(32)};
const {privateKey, publicKey} = generateKeyPairSync('ed25519');
const anna = rawPublicKey(publicKey);

let project: TestProject;
let checkout: Checkout;
let connection: Connection;
let client: Client;
let of: DeploymentOf;
let stopActivities: () => Promise<void>;
const workers: WorkflowWorker[] = [];
/** Build IDs. */
let first: string;
let second: string;
/** The approval that waits while the code changes; the monitor that was there before it. */
let waiting: WorkflowHandle;
let monitor: WorkflowHandle;
let approvedAt = {first: [] as History, second: [] as History};

type History = temporal.api.history.v1.IHistoryEvent[];

beforeAll(async () => {
  const address = temporalAddress();
  const key = `ed25519:${Buffer.from(anna).toString('base64')}`;
  project = await projectOf(name, {approval: {approvers: [{name: 'anna', key, roles: ['approver']}]}});
  connection = await Connection.connect({address});
  client = new Client({connection});
  of = {service: connection.workflowService, namespace: 'default', project: name};
  stopActivities = await activityWorker(address);

  // 1. The first version: an approval waits, a monitor looks.
  checkout = new Checkout();
  first = await newVersion();
  waiting = await ask('first');
  monitor = await client.workflow.start('monitor', {
    taskQueue: queue,
    workflowId: monitorWorkflowId(name),
    args: [{project: name}],
  });
  await until('the approval waits', async () => (await versionsOf(waiting)).length > 1);
  await until('the monitor waits', async () => (await versionsOf(monitor)).length > 1);

  // 2. The checkout moves on, and its worker with it: an approval begins with one more command.
  await workers[0]!.stop();
  checkout.change(
    'workflows/approval.ts',
    '  ballot.show();\n  await open(ballot);',
    `  ballot.show();\n  await condition(() => false, 1, {summary: 'one more command'});\n  await open(ballot);`,
  );
  second = await newVersion();
}, 180_000);

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await stopActivities?.();
  await monitor?.terminate();
  await connection?.close();
  await project?.remove();
  checkout?.remove();
}, 60_000);

/** Starts the checkout's worker and waits until new runs go to it. */
async function newVersion(): Promise<string> {
  const {id} = await thisBuild(checkout.root, {});
  const worker = checkout.workflowWorker({
    TEMPORAL_ADDRESS: temporalAddress(),
    RATCHET_PROJECT: name,
    RATCHET_PROJECT_FOLDER: project.context.folder,
    RATCHET_PROJECT_KEY: Buffer.from(project.context.rowKey).toString('hex'),
    RATCHET_STORE: project.context.stores.objects.url,
  });
  workers.push(worker);
  const current = async () =>
    (await deployedVersions(of)).some((v) => v.build === id && v.status === 'current');
  await until(`${id} is current`, current, 60_000).catch((error: unknown) => {
    throw new Error(worker.said(), {cause: error});
  });
  return id;
}

/** Activities belong to no version: those of this test serve every one. */
async function activityWorker(address: string): Promise<() => Promise<void>> {
  const native = await NativeConnection.connect({address});
  const worker = await Worker.create({
    connection: native,
    taskQueue: taskQueue(name, 'cpu'),
    activities: {
      ...registered(approvalActivities, {...project.context, client: () => Promise.resolve(client)}),
      monitorSettings: () => ({intervalMs: 3_600_000, coolDownMs: 1, circuitBreaker: 3}),
      checkDrift: () => ({reference: null, seenTo: null, check: null, note: 'nothing to see'}),
    },
  });
  const runs = await Worker.create({
    connection: native,
    taskQueue: runsQueue,
    workflowBundle: await bundleOf('approval'),
  });
  const running = Promise.all([worker.run(), runs.run()]);
  return async () => {
    worker.shutdown();
    runs.shutdown();
    await running;
    await native.close();
  };
}

/** As the child of its run, whose own worker is on no version. */
async function ask(run: string): Promise<WorkflowHandle> {
  const input: ApprovalInput = {
    project: name,
    runId: `lifecycle/${name}/${run}`,
    digests,
    verdict: 'pass',
    required: 1,
    startedBy: 'someone',
    starterKey: '',
    starterMayApprove: false,
    timeoutMs: 3_600_000,
    reminderMs: 1_800_000,
  };
  await client.workflow.execute('lifecycle', {
    taskQueue: runsQueue,
    workflowId: input.runId,
    args: [input, queue],
  });
  return client.workflow.getHandle(approvalWorkflowId(input.runId));
}

/** Anna approves; the approval's history. */
async function approve(handle: WorkflowHandle): Promise<History> {
  const {runId} = await handle.describe();
  const expiry = new Date(Date.now() + 3_600_000).toISOString();
  const decision = signDecision(
    {v: 1, project: name, action: 'approve', digests, run: runId, key: keyId(anna), comment: '', expiry},
    privateKey,
  );
  expect(await handle.executeUpdate(DECIDE, {args: [decision]})).toMatchObject({outcome: 'approved'});
  expect(await handle.result()).toMatchObject({status: 'approved'});
  return (await handle.fetchHistory()).events ?? [];
}

/** Which versions' workers have done the tasks of a run, in their order. */
function versionsIn(events: History): string[] {
  return events.flatMap(({workflowTaskCompletedEventAttributes: done}) =>
    done ? [done.deploymentVersion?.buildId ?? 'none'] : [],
  );
}

async function versionsOf(handle: WorkflowHandle): Promise<string[]> {
  return versionsIn((await handle.fetchHistory()).events ?? []);
}

const timers = (events: History): (string | undefined)[] =>
  events.flatMap(({timerStartedEventAttributes: timer, userMetadata}) =>
    timer ? [JSON.parse(Buffer.from(userMetadata!.summary!.data!).toString()) as string] : [],
  );

test('while the run waits, the new version is current and the former one drains', async () => {
  expect(first).not.toBe(second);
  expect((await deployedVersions(of)).map(({build, status}) => [build, status])).toEqual([
    [second, 'current'],
    [first, 'draining'],
  ]);
  await until('it is counted', async () => (await openRuns(of, first)) === 1);
  await until('it is served', () => workers[1]!.said().includes(`serves build ${first} next to ${second}`));
});

test('the run that waited ends with the code it began with', async () => {
  approvedAt = {...approvedAt, first: await approve(waiting)};
  expect(new Set(versionsIn(approvedAt.first))).toEqual(new Set([first]));
  expect(timers(approvedAt.first)).toEqual(['waits for a decision about release a1a1a1a1a1a1']);
});

test('a new run gets the new code', async () => {
  approvedAt = {...approvedAt, second: await approve(await ask('second'))};
  expect(new Set(versionsIn(approvedAt.second))).toEqual(new Set([second]));
  expect(timers(approvedAt.second)[0]).toBe('one more command');
});

test('the monitor has moved to the new version by itself', async () => {
  expect(await monitor.executeUpdate(CHECK_NOW)).toMatchObject({note: 'nothing to see'});
  const versions = await versionsOf(monitor);
  expect([versions[0], versions.at(-1)]).toEqual([first, second]);
});

test('without versions the new code could not have gone on with it: the kept one can', async () => {
  const {context} = project;
  const kept = new KeptVersions(context.stores, name, context.rowKey);
  const {sdk} = await thisBuild();
  const replayed = async (build: string): Promise<string | undefined> => {
    const code = (await kept.code(build, sdk))!;
    const history = {events: approvedAt.first};
    const [one] = await Array.fromAsync(
      Worker.runReplayHistories({workflowBundle: {code}}, [{workflowId: waiting.workflowId, history}]),
    );
    return one!.error?.name;
  };
  expect(await replayed(first)).toBeUndefined();
  expect(await replayed(second)).toBe('DeterminismViolationError');
});

test('when its last run has ended, the former version drains, and is served no more', async () => {
  const status = async () => (await deployedVersions(of)).find(({build}) => build === first)!.status;
  await until('it has drained', async () => (await status()) === 'drained', 60_000);
  await until('its worker ends', () => workers[1]!.said().includes(`build ${first} has drained`), 60_000);
}, 130_000);
