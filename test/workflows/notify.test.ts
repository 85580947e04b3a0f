import {afterAll, beforeAll, expect, test, vi} from 'vitest';
import {recordRun} from '../../activities/lifecycle/activities.ts';
import * as notifyActivities from '../../activities/notify/activities.ts';
import {sha256Hex} from '../../core/identity/digest.ts';
import {notifyWorkflowId} from '../../schemas/names.ts';
import {receiver, type Receiver} from '../activities/notify/receiver.ts';
import {projectOf, registered} from './project-of.ts';
import type {TestProject} from './project-of.ts';
import {record} from './record.ts';
import {bundleOf, newProject, startWorkers} from './workers-of.ts';
import type {TestWorkers} from './workers-of.ts';

const name = newProject();
const run = `lifecycle/${name}/20021203T114636Z-k3f9qa`;
let workers: TestWorkers;
let there: Receiver;
let project: TestProject;

beforeAll(async () => {
  vi.stubEnv('TEST_NOTIFY_SECRET', 'a shared secret');
  there = await receiver([500, 200]);
  const events = ['run_failed' as const];
  project = await projectOf(name, {notify: [{url: there.url, secret_env: 'TEST_NOTIFY_SECRET', events}]});
  workers = await startWorkers({
    project: name,
    bundle: await bundleOf('notify'),
    activities: () => registered(notifyActivities, project.context),
  });
}, 120_000);

afterAll(async () => {
  await workers.stop();
  await there.close();
  await project.remove();
  vi.unstubAllEnvs();
});

test('a run that failed is told once, however often it is recorded, and after an answer of 500 again', async () => {
  const {stores} = project.context;
  await stores.registry.startRun({
    v: 1,
    id: run,
    project: name,
    status: 'running',
    startedBy: 'anna',
    reason: 'first',
    startedAt: '2002-12-03T11:46:36.000Z',
    endedAt: null,
    stages: {},
    links: {},
  });
  const context = {...project.context, client: async () => workers.client};
  const change = {
    status: 'failed',
    endedAt: '2002-12-03T11:47:00.000Z',
    note: 'source mails holds no row',
  } as const;
  await recordRun({project: name, run, change}, context);
  await recordRun({project: name, run, change}, context);

  const id = notifyWorkflowId(`run_failed/${run}`, sha256Hex(there.url));
  const handle = workers.client.workflow.getHandle(id);
  expect(await handle.result()).toEqual({status: 'delivered', code: 200});
  await record(handle, 'notify');
  const sent = there.received.map(({headers, body}) => ({
    id: headers['x-ratchet-id'],
    text: (JSON.parse(body) as {text: string}).text,
  }));
  const told = {
    id: `run_failed/${run}`,
    text: `${name}: run ${run} failed: source mails holds no row. ratchet watch ${run}`,
  };
  expect(sent).toEqual([told, told]);
});

test('what the project asks nobody to be told of starts nothing', async () => {
  const context = {...project.context, client: () => Promise.reject(new Error('nobody is to be told'))};
  const change = {status: 'done', outcome: 'promoted', endedAt: '2002-12-03T12:00:00.000Z'} as const;
  await recordRun({project: name, run, change}, context);
});
