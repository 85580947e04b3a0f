import {randomBytes} from 'node:crypto';
import {existsSync} from 'node:fs';
import {mkdir, readdir, readFile, rename, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {Context} from '@temporalio/activity';
import {Client, Connection} from '@temporalio/client';
import {bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker} from '@temporalio/worker';
import type {WorkflowBundleWithSourceMap} from '@temporalio/worker';
import {sha256Hex} from '../../core/identity/digest.ts';
import {thisBuild} from '../../host/build.ts';
import {taskQueue} from '../../schemas/names.ts';
import {temporalAddress} from '../setup/services.ts';

const ENTRIES = path.join(import.meta.dirname, 'entries');
/** Bundles of earlier test files: of the same sources and entries they are the same. */
const KEPT = path.join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'ratchet-test-bundles');

/** The workflow code of one entry file in test/workflows/entries/, bundled as for production. */
export async function bundleOf(entry: string): Promise<WorkflowBundleWithSourceMap> {
  const workflowsPath = path.join(ENTRIES, `${entry}.ts`);
  const {sources} = await thisBuild();
  // One may import another.
  const entries = (await readdir(ENTRIES)).sort().map((name) => readFile(path.join(ENTRIES, name), 'utf8'));
  const key = sha256Hex([sources, ...(await Promise.all(entries))].join('\n'));
  const file = path.join(KEPT, `${entry}-${key.slice(0, 16)}.json`);
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as WorkflowBundleWithSourceMap;
  const bundle = await bundleWorkflowCode({workflowsPath, logger: new DefaultLogger('WARN')});
  await mkdir(KEPT, {recursive: true});
  await writeFile(`${file}.${process.pid}`, JSON.stringify(bundle));
  await rename(`${file}.${process.pid}`, file);
  return bundle;
}

/** A project of its own, so that its queues and workflow IDs are too. */
export function newProject(): string {
  return `test-${randomBytes(5).toString('hex')}`;
}

export interface TestWorkers {
  readonly project: string;
  readonly queue: string;
  readonly client: Client;
  /** Kills the workflow worker's cache by starting another one in its place. */
  readonly replaceWorkflowWorker: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Stands for the look at a stage's waiters, where the test has none of its own: nobody goes without a word. */
const allStay = (): Promise<never> => {
  const activity = Context.current();
  const beat = setInterval(() => activity.heartbeat(), 1_000);
  return activity.cancelled.finally(() => clearInterval(beat));
};

/** The SDK's runtime ends with the last worker of a file; the next file of this process has another. */
function installRuntime(): void {
  try {
    Runtime.install({logger: new DefaultLogger('ERROR'), shutdownSignals: []});
  } catch (error) {
    if ((error as Error).name !== 'IllegalStateError') throw error;
  }
}

/** A workflow worker, and one of each other queue, for a project, against the test run's Temporal server. */
export async function startWorkers(options: {
  readonly bundle: WorkflowBundleWithSourceMap;
  readonly activities: (project: string) => object;
  readonly project?: string;
  /** Activities that the cpu worker runs at once. */
  readonly slots?: number;
}): Promise<TestWorkers> {
  installRuntime();
  const address = temporalAddress();
  const project = options.project ?? newProject();
  const connection = await Connection.connect({address});
  const native = await NativeConnection.connect({address});
  const alone = {waitersGone: allStay, withdrawOthers: () => Promise.resolve()};
  const activities = {...alone, ...options.activities(project)};
  const start = async (kind: 'workflow' | 'cpu' | 'gpu' | 'wait'): Promise<() => Promise<void>> => {
    const worker = await Worker.create({
      connection: native,
      taskQueue: taskQueue(project, kind),
      maxHeartbeatThrottleInterval: '2s',
      shutdownGraceTime: '1s',
      // Without a thread of its own, which takes a quarter of these tests' CPU time; stacks of whole processes have theirs.
      ...(kind === 'workflow' ? {workflowBundle: options.bundle, debugMode: true} : {activities}),
      ...(kind === 'cpu' && options.slots ? {maxConcurrentActivityTaskExecutions: options.slots} : {}),
    });
    const running = worker.run();
    return async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
    };
  };
  let stopWorkflow = await start('workflow');
  const stopOthers = await Promise.all((['cpu', 'gpu', 'wait'] as const).map(start));
  return {
    project,
    queue: taskQueue(project, 'workflow'),
    client: new Client({connection}),
    async replaceWorkflowWorker() {
      await stopWorkflow();
      stopWorkflow = await start('workflow');
    },
    async stop() {
      await stopWorkflow();
      for (const stopOther of stopOthers) await stopOther();
      await native.close();
      await connection.close();
    },
  };
}
