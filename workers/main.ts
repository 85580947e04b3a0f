import {parseArgs} from 'node:util';
import {loadClientConnectConfig} from '@temporalio/envconfig';
import {NativeConnection, Runtime, DefaultLogger, Worker, type WorkerOptions} from '@temporalio/worker';
import type {ActivityContext} from '../activities/context.ts';
import {RatchetError} from '../schemas/errors.ts';
import {NAMESPACE_DEFAULT, QueueKind, taskQueue} from '../schemas/names.ts';
import {openStores} from '../stores/stores.ts';
import {LazyClient} from './lazy-client.ts';
import {Meter} from './meter.ts';
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
    // Progress in CLI and UI is at most this old.
    maxHeartbeatThrottleInterval: '2 s',
  };
  const meter = new Meter(kind);
  const duties = await dutiesOf(kind, settings, client, meter);
  const workers = await Promise.all(duties.queues.map((duty) => Worker.create({...common, ...duty})));
  const keep = duties.of && meter.keep(duties.of.stores.costs, settings.project);
  try {
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    await keep?.();
    await client.close();
    await connection.close();
  }
}

/** Runs that may wait at once for stages of others: a connection's stream and a timer each. */
const WAITERS = 200;

interface Duties {
  readonly queues: readonly Pick<
    WorkerOptions,
    'taskQueue' | 'activities' | 'workflowBundle' | 'shutdownGraceTime'
  >[];
  /** What its activities are given; a workflow worker has none. */
  readonly of?: ActivityContext;
}

/**
 * The queues that a worker of this kind serves. Each kind loads what it runs: the data libraries of a cpu worker would cost
 * the others a second at every start.
 */
async function dutiesOf(
  kind: QueueKind,
  settings: WorkerSettings,
  client: LazyClient,
  meter: Meter,
): Promise<Duties> {
  const queue = taskQueue(settings.project, kind);
  if (kind === QueueKind.workflow) {
    const {workflowBundle} = await import('./bundle.ts');
    const bundle = {workflowBundle: await workflowBundle(), maxCachedWorkflows: 100};
    return {queues: [{taskQueue: queue, ...bundle, shutdownGraceTime: '5 s'}]};
  }
  const of = await context(settings, client, meter);
  const slots = (count: number) => ({maxConcurrentActivityTaskExecutions: count, shutdownGraceTime: '3 s'});
  if (kind === QueueKind.gpu) {
    const {gpuActivities} = await import('./gpu-activities.ts');
    // One training a device; a laptop's gpu worker has one slot too.
    return {of, queues: [{taskQueue: queue, activities: gpuActivities(of, meter), ...slots(1)}]};
  }
  const {cpuActivities, waitActivities} = await import('./cpu-activities.ts');
  const atOnce = slots(Math.max(4, settings.engines.length + 2));
  const wait = taskQueue(settings.project, 'wait');
  return {
    of,
    queues: [
      {taskQueue: queue, activities: cpuActivities(of, meter), ...atOnce},
      {taskQueue: wait, activities: waitActivities(of), ...slots(WAITERS)},
    ],
  };
}

async function context(settings: WorkerSettings, client: LazyClient, meter: Meter): Promise<ActivityContext> {
  return {
    project: settings.project,
    folder: settings.folder,
    file: settings.file,
    stores: await openStores(settings.store, (bytes) => meter.wrote(bytes)),
    rowKey: settings.rowKey,
    engines: settings.engines,
    adapterFolder: settings.adapterFolder,
    adaptersOnEngines: settings.adaptersOnEngines,
    engineKey: settings.engineKey,
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
