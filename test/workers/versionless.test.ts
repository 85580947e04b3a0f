import {Client, Connection} from '@temporalio/client';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {SEARCH_ATTRIBUTES, taskQueue} from '../../schemas/names.ts';
import {versionless} from '../../temporal/deployed-versions.ts';
import {resolveEnvironment} from '../../launcher/environment.js';
import {until} from '../cli/until.ts';
import {freePorts, startService, type ChildService} from '../setup/child-service.ts';
import {projectOf, type TestProject} from '../workflows/project-of.ts';
import {newProject} from '../workflows/workers-of.ts';
import {Checkout, type WorkflowWorker} from './checkout.ts';

let server: ChildService;
let address: string;
let connection: Connection;
let checkout: Checkout;
let project: TestProject;
let worker: WorkflowWorker;

/** A server whose operator has switched Worker Deployments off. */
beforeAll(async () => {
  const [port, http, metrics] = await freePorts(3);
  address = `127.0.0.1:${port}`;
  server = await startService({
    name: 'Temporal without versions',
    command: resolveEnvironment().temporal!,
    args: [
      'server',
      'start-dev',
      '--headless',
      '--ip',
      '127.0.0.1',
      '--log-level',
      'error',
      '--port',
      `${port}`,
      '--http-port',
      `${http}`,
      '--metrics-port',
      `${metrics}`,
      '--dynamic-config-value',
      'system.enableDeploymentVersions=false',
      ...Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => [
        '--search-attribute',
        `${name}=${type}`,
      ]),
    ],
    withinMs: 120_000,
    ready: async () => {
      connection = await Connection.connect({address, connectTimeout: '2s'});
      await connection.workflowService.describeNamespace({namespace: 'default'});
    },
  });
  project = await projectOf(newProject());
  checkout = new Checkout();
}, 180_000);
afterAll(async () => {
  await worker?.stop();
  await connection?.close();
  await server?.stop();
  checkout?.remove();
  await project?.remove();
}, 60_000);

test('a worker says so in one line, and serves its own code', async () => {
  const name = project.context.project;
  expect(
    await versionless({service: connection.workflowService, namespace: 'default', project: name}),
  ).toMatch(/disabled/);
  worker = checkout.workflowWorker({
    TEMPORAL_ADDRESS: address,
    RATCHET_PROJECT: name,
    RATCHET_PROJECT_FOLDER: project.context.folder,
    RATCHET_PROJECT_KEY: '07'.repeat(32),
    RATCHET_STORE: project.context.stores.objects.url,
  });
  const handle = await new Client({connection}).workflow.start('monitor', {
    workflowId: 'monitor/x',
    taskQueue: taskQueue(name, 'workflow'),
    args: [{project: name}],
  });
  // It has done its first task: the monitor asks for its settings.
  const asked = async () =>
    (await handle.fetchHistory()).events?.some((event) => event.activityTaskScheduledEventAttributes);
  await until('the first task', asked, 60_000).catch((error: unknown) => {
    throw new Error(worker.said(), {cause: error});
  });
  expect(worker.said()).toMatch(
    / worker-workflow: this Temporal routes no runs by version \(.*disabled.*\): open runs go on/m,
  );
}, 120_000);
