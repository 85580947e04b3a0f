import {fileURLToPath} from 'node:url';
import {bundleWorkflowCode, DefaultLogger} from '@temporalio/worker';
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from 'vitest';
import type {AnalysisResult, RolloutInput} from '../../schemas/deployment.ts';
import type {LifecycleResult} from '../../schemas/lifecycle.ts';
import {attend} from '../../cli/demo/attend.ts';
import type {Mail} from '../../cli/demo/users.ts';
import {Users} from '../../cli/demo/users.ts';
import {person} from '../people.ts';
import {fakeGateway, type FakeGateway} from './fake-gateway.ts';
import {startWorkers, type TestWorkers} from '../workflows/workers-of.ts';

const RELEASE = 'c'.repeat(64);
const STABLE = '5'.repeat(64);
const DATASET = 'd'.repeat(64);
const nothing = {uri: 'file:///nothing', sha256: '0'.repeat(64), bytes: 0, mediaType: 'application/json'};
const gauntlet = {
  release: RELEASE,
  stable: STABLE,
  verdict: 'pass' as const,
  report: nothing,
  html: nothing,
  markdown: nothing,
  modelCard: nothing,
};
const approval = {
  status: 'approved' as const,
  digests: {release: RELEASE, dataset: DATASET, report: nothing.sha256},
  decisions: [],
  at: '2002-12-03T12:00:00Z',
};
const mails: Mail[] = [{row: 'ham/1', content: 'Subject: lunch\n\nat noon?', label: 'ham'}];

let workers: TestWorkers;
/** What the audit was told. */
const acts: {act: string; by: string; comment: string}[] = [];
/** Answers given so far; the analysis has enough at three, and then cannot tell. */
let answers = 0;

beforeAll(async () => {
  const moved = async () => ({status: 'moved', seq: 1, at: new Date().toISOString()});
  workers = await startWorkers({
    bundle: await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('./workflows/index.ts', import.meta.url)),
      logger: new DefaultLogger('WARN'),
    }),
    activities: () => ({
      openRollout: moved,
      setWeight: moved,
      promote: moved,
      prepareEngines: async () => ({model: 'post@0', engines: 1}),
      rolloutStands: async () => ({status: 'stands'}),
      proveAct: async () => ({status: 'unsigned', by: 'demo'}),
      recordAct: async (act: (typeof acts)[number]) => void acts.push(act),
      fallBack: async () => ({}),
      analyseTraffic: async () => ({status: 'measured', result: cannotTell(answers)}),
    }),
  });
}, 120_000);

afterAll(() => workers.stop());

function cannotTell(n: number): AnalysisResult {
  const estimate = {value: 0, low: -1, high: 1, n};
  return {
    verdict: 'inconclusive',
    metrics: [
      {
        name: 'error_rate',
        verdict: 'inconclusive',
        stable: estimate,
        canary: estimate,
        difference: estimate,
        reason: 'the interval holds the margin',
      },
    ],
    samples: {stable: n, canary: n, paired: 0},
  };
}

const demo = person('demo');
const key = {...demo, path: '', publicText: demo.key, publicPem: ''};

let gateway: FakeGateway;
beforeEach(async () => {
  answers = 0;
  gateway = await fakeGateway(() => void answers++);
});
afterEach(() => gateway.close());

async function attended(): Promise<LifecycleResult> {
  const {project, queue, client} = workers;
  const run = `lifecycle/${project}/${Math.random()}`;
  const spec = {
    minSamples: 3,
    interval: 0.05,
    initialDelay: 0,
    count: 1000,
    metrics: [
      {
        name: 'error_rate' as const,
        margin: 0.1,
        failureLimit: 0,
        inconclusiveLimit: 0,
        consecutiveErrorLimit: 4,
      },
    ],
  };
  const input: RolloutInput = {
    project,
    runId: run,
    release: RELEASE,
    stable: STABLE,
    startedBy: 'otto',
    steps: [{setWeight: 50}, {analysis: spec}, {setWeight: 100}],
    proof: {gauntlet, approval},
  };
  const result: LifecycleResult = {
    status: 'promoted',
    run,
    reason: '',
    release: RELEASE,
    parent: STABLE,
    stable: STABLE,
    data: {dataset: DATASET, manifest: nothing, rowsIn: 1, rowsKept: 1, drops: {}, processed: 1, reused: 0},
    gauntlet,
    approval,
    rollout: null,
    cached: [],
    seconds: {},
  };
  await client.workflow.start('lifecycle', {workflowId: run, taskQueue: queue, args: [input, result]});
  return attend({
    client,
    run,
    interactive: false,
    traffic: () => Promise.resolve(mails),
    key,
    users: new Users(gateway.url, `${project}/triage`),
  });
}

describe('a rollout attended without a terminal', () => {
  test('that cannot tell, although users asked, is taken back to stable, and it is said who did it', async () => {
    const {status: ended, rollout} = await attended();
    expect(ended).toBe('fell_back');
    expect(rollout?.reason).toMatch(/^ended by demo: /);
    expect(acts).toMatchObject([{act: 'abort', by: 'demo'}]);
    expect(answers).toBeGreaterThanOrEqual(3);
  }, 60_000);

  test('has one user at a time', async () => {
    await attended();
    expect(gateway.most()).toBe(1);
  }, 60_000);

  test('whose users are turned away ends with their reason, not never', async () => {
    gateway.answer = () => ({status: 404, message: 'no such model'});
    await expect(attended()).rejects.toThrow('no such model');
  }, 60_000);
});
