import {parseArgs} from 'node:util';
import {loadClientConnectConfig} from '@temporalio/envconfig';
import {NativeConnection, Runtime, DefaultLogger, Worker} from '@temporalio/worker';
import type {ActivityContext} from '../activities/context.ts';
import {RatchetError} from '../schemas/errors.ts';
import {NAMESPACE_DEFAULT, QueueKind, taskQueue} from '../schemas/names.ts';
import {openStores} from '../stores/stores.ts';
import {LazyClient} from './lazy-client.ts';
import {workerSettings, type WorkerSettings} from './settings.ts';

/**
 * One worker process of one kind: `node workers/main.ts --kind workflow|cpu|gpu --project NAME`.
 * Addresses and paths come from the environment (see settings.ts), the connection from Temporal's own variables or profile.
 */
async function main(): Promise<void> {
  const {values} = parseArgs({options: {kind: {type: 'string'}, project: {type: 'string'}}});
  const kind = Object.values(QueueKind).find((k) => k === values.kind);
  if (!kind)
    throw new RatchetError(
      'InvalidInput',
      `--kind: expected ${Object.values(QueueKind).join(', ')}, got ${values.kind ?? 'nothing'}`,
    );
  const settings = workerSettings(
    values.project ? {...process.env, RATCHET_PROJECT: values.project} : process.env,
  );

  Runtime.install({logger: new DefaultLogger('WARN'), shutdownSignals: ['SIGTERM', 'SIGINT']});
  const config = loadClientConnectConfig();
  const namespace = config.namespace ?? process.env['TEMPORAL_NAMESPACE'] ?? NAMESPACE_DEFAULT;
  const connection = await NativeConnection.connect(config.connectionOptions);
  const client = new LazyClient(config.connectionOptions, namespace);
  const common = {
    connection,
    namespace,
    taskQueue: taskQueue(settings.project, kind),
    // Progress in CLI and UI is at most this old.
    maxHeartbeatThrottleInterval: '2 s',
  };
  const worker =
    kind === QueueKind.workflow
      ? await Worker.create({
          ...common,
          workflowBundle: await bundle(),
          maxCachedWorkflows: 100,
          shutdownGraceTime: '5 s',
        })
      : await Worker.create({
          ...common,
          activities: await activities(kind, await context(settings, client)),
          // One training a device; a laptop's gpu worker has one slot too.
          maxConcurrentActivityTaskExecutions:
            kind === QueueKind.gpu ? 1 : Math.max(4, settings.engines.length + 2),
          shutdownGraceTime: '3 s',
        });
  try {
    await worker.run();
  } finally {
    await client.close();
    await connection.close();
  }
}

// Each kind loads what it runs: the data libraries of a cpu worker would cost the others a second at every start.

async function bundle(): Promise<{codePath: string}> {
  const {workflowBundle} = await import('./bundle.ts');
  return workflowBundle();
}

async function activities(kind: 'cpu' | 'gpu', of: ActivityContext): Promise<object> {
  if (kind === QueueKind.gpu) return (await import('./gpu-activities.ts')).gpuActivities(of);
  return (await import('./cpu-activities.ts')).cpuActivities(of);
}

async function context(settings: WorkerSettings, client: LazyClient): Promise<ActivityContext> {
  return {
    project: settings.project,
    folder: settings.folder,
    file: settings.file,
    stores: await openStores(settings.store),
    rowKey: settings.rowKey,
    engines: settings.engines,
    adapterFolder: settings.adapterFolder,
    jobFolder: settings.jobFolder,
    client: () => client.get(),
    environment: settings,
  };
}

// The supervisor holds the other end of this channel: when it is gone, so is this worker.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));

main().catch((error: unknown) => {
  const line =
    error instanceof RatchetError
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
  console.error(line);
  process.exitCode = error instanceof RatchetError && error.type === 'InvalidInput' ? 2 : 1;
});
