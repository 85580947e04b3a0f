import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {bundleWorkflowCode, DefaultLogger, type WorkflowBundleWithSourceMap} from '@temporalio/worker';
import {afterEach, beforeAll, describe, expect, test, vi} from 'vitest';
import {DemoSummary} from '../../schemas/demo-summary.ts';
import type {LifecycleResult} from '../../schemas/lifecycle.ts';
import {monitorWorkflowId} from '../../schemas/names.ts';
import type {Verdict} from '../../schemas/names.ts';
import type {ProjectYaml} from '../../schemas/project.ts';
import {Exit} from '../../cli/output.ts';
import {openProject} from '../../cli/project.ts';
import {demo} from '../../cli/demo/demo.ts';
import {writeStack} from '../../stack/stack-file.ts';
import {stackOf} from '../cli/stack-of.ts';
import {temporalAddress} from '../setup/services.ts';
import {reported} from '../workflows/approved.ts';
import {projectOf, type TestProject} from '../workflows/project-of.ts';
import {newProject, startWorkers, type TestWorkers} from '../workflows/workers-of.ts';
import {fakeGateway, type FakeGateway} from './fake-gateway.ts';
import type {Endings} from './workflows/demo.ts';

const mails = (name: string, label: string) =>
  ({name, uri: `file:${name}/*.txt`, format: 'mail', label}) as const;
const MAIL: Partial<ProjectYaml> = {
  sources: [mails('first', 'ham')],
  input: {format: 'mail'},
  replay: {sources: [mails('later', 'spam')], concurrency: 1},
};
const [BASE, CANDIDATE, RETRAINED, DATASET] = ['b', 'c', 'e', 'd'].map((one) => one.repeat(64)) as [
  string,
  string,
  string,
  string,
];

let bundle: WorkflowBundleWithSourceMap;
let there: TestProject;
let workers: TestWorkers;
let gateway: FakeGateway;
beforeAll(async () => {
  bundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./workflows/demo.ts', import.meta.url)),
    logger: new DefaultLogger('WARN'),
  });
}, 120_000);

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await workers.client.workflow
    .getHandle(monitorWorkflowId(workers.project))
    .terminate()
    .catch(() => undefined);
  await workers.stop();
  await gateway.close();
  await there.remove();
});

interface Ends {
  readonly status: LifecycleResult['status'];
  readonly verdict: Verdict;
}

/** The demo of a project whose stack is up, and whose runs end like this. */
async function demonstrate(first: Ends, retrained: Ends): Promise<{exit: Exit; summary: DemoSummary}> {
  const name = newProject();
  there = await projectOf(name, MAIL);
  gateway = await fakeGateway();
  const {folder, stores} = there.context;
  for (const [kind, file] of Object.entries({first: 'a.txt', later: 'b.txt'})) {
    mkdirSync(path.join(folder, kind));
    writeFileSync(path.join(folder, kind, file), 'Subject: lunch\n\nAt noon, as we said on Monday?\n');
  }
  writeFileSync(path.join(folder, 'tiny.gguf'), 'weights');
  vi.stubEnv('RATCHET_MODEL', path.join(folder, 'tiny.gguf'));
  vi.stubEnv('RATCHET_STORE', pathToFileURL(path.join(folder, 'store')).href);
  vi.stubEnv('XDG_CONFIG_HOME', path.join(folder, 'config'));
  vi.stubEnv('XDG_STATE_HOME', path.join(folder, 'state'));
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);

  const ending: Endings['ending'] = async ({reason, run}) => {
    const [{status, verdict}, release] = reason === 'first' ? [first, CANDIDATE] : [retrained, RETRAINED];
    const about = {release, stable: BASE, dataset: DATASET};
    const gauntlet = await reported(there, about, {verdict});
    const data = {rowsIn: 1, rowsKept: 1, drops: {}, processed: 1, reused: 0};
    return {
      status,
      run,
      reason: 'as the test says',
      release,
      parent: BASE,
      stable: BASE,
      gauntlet,
      data: {dataset: DATASET, manifest: gauntlet.report, ...data},
      approval: null,
      rollout: null,
      cached: [],
      seconds: {},
    };
  };
  workers = await startWorkers({
    bundle,
    project: name,
    activities: () => ({ending, prepareRetrain: (input: object) => ({...input, priority: 4})}),
  });
  const project = openProject(there.context.file);
  writeStack(
    folder,
    stackOf(folder, name, {
      file: project.file,
      store: stores.objects.url,
      temporal: temporalAddress(),
      gateway: gateway.url,
    }),
  );
  const json = path.join(folder, 'out.json');
  const exit = await demo(project, {yes: true, json});
  return {exit, summary: DemoSummary.parse(JSON.parse(readFileSync(json, 'utf8')))};
}

const promoted: Ends = {status: 'promoted', verdict: 'pass'};

describe('a demo whose first candidate was promoted exits 0', () => {
  test.each([
    {status: 'refused', verdict: 'fail'},
    {status: 'inconclusive', verdict: 'inconclusive'},
    {status: 'promoted', verdict: 'pass'},
  ] as const)(
    'and says of its retrain that it was $status',
    async (retrained) => {
      const {exit, summary} = await demonstrate(promoted, retrained);
      expect(exit).toBe(Exit.done);
      expect(summary).toMatchObject({
        verdict: 'pass',
        release: {digest: CANDIDATE},
        retrain: {
          status: retrained.status,
          verdict: retrained.verdict,
          release: RETRAINED,
          promoted: retrained.status === 'promoted',
        },
      });
    },
    120_000,
  );
});

describe('a demo whose first candidate does not pass exits 1', () => {
  test.each([
    {status: 'refused', verdict: 'fail'},
    {status: 'inconclusive', verdict: 'inconclusive'},
    {status: 'fell_back', verdict: 'pass'},
  ] as const)(
    'and writes its summary all the same: $status',
    async (first) => {
      const {exit, summary} = await demonstrate(first, promoted);
      expect(exit).toBe(Exit.failed);
      expect(summary).toMatchObject({verdict: first.verdict, release: {digest: CANDIDATE}, retrain: null});
      expect(gateway.feedback).toEqual([]);
    },
    120_000,
  );
});
