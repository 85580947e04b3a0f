import {parseArgs} from 'node:util';
import {loadClientConnectConfig} from '@temporalio/envconfig';
import {Worker, type WorkerOptions} from '@temporalio/worker';
import type {ActivityContext} from '../activities/context.ts';
import {RatchetError} from '../schemas/errors.ts';
import {NAMESPACE_DEFAULT, QueueKind, taskQueue} from '../schemas/names.ts';
import {dataConverter} from '../temporal/payload-codec/data-converter.ts';
import {openStores, withRowKey} from '../stores/stores.ts';
import {logFormat, logOf, sayLast} from '../telemetry/log.ts';
import {startTelemetry} from '../telemetry/start.ts';
import {connect} from './connect.ts';
import {LazyClient} from './lazy-client.ts';
import {Meter} from './meter.ts';
import {metersOn} from './meters.ts';
import {observeActivities} from './observe-activity.ts';
import {observeWorkflows} from './observe-workflow.ts';
import {workerSettings, type WorkerSettings} from './settings.ts';
import {installRuntime, runtimeOptions} from './temporal-runtime.ts';

/** A server of our own on a busy machine. */
const TEMPORAL_STARTS_MS = 60_000;

/**
 * One worker process of one kind: `node workers/main.ts --kind workflow|cpu|gpu --project NAME`. With `--hold` a workflow
 * worker of a new version does not make it the current one: whoever started it does. With `--beside-temporal` the server is
 * being started, too, and may take a while.
 * Addresses and paths come from the environment (see settings.ts), the connection from Temporal's own variables or profile.
 */
async function main(): Promise<void> {
  const {values} = parseArgs({
    options: {
      kind: {type: 'string'},
      project: {type: 'string'},
      hold: {type: 'boolean', default: false},
      'beside-temporal': {type: 'boolean', default: false},
    },
  });
  const kind = Object.values(QueueKind).find((k) => k === values.kind);
  if (!kind)
    throw new RatchetError(
      'InvalidInput',
      `--kind: expected ${Object.values(QueueKind).join(', ')}, got ${values.kind ?? 'nothing'}`,
    );
  const settings = workerSettings(
    values.project ? {...process.env, RATCHET_PROJECT: values.project} : process.env,
  );

  const part = `worker-${kind}`;
  const say = logOf({part, project: settings.project, format: logFormat(process.env)});
  const telemetry = await startTelemetry({part, project: settings.project});
  const runtime = installRuntime(runtimeOptions({project: settings.project, env: process.env, say}));
  const observer = {tracing: telemetry.tracing, meters: metersOn(runtime.metricMeter), say};
  const config = loadClientConnectConfig();
  const namespace = config.namespace ?? process.env['TEMPORAL_NAMESPACE'] ?? NAMESPACE_DEFAULT;
  const connection = await connect(
    config.connectionOptions,
    namespace,
    values['beside-temporal'] ? TEMPORAL_STARTS_MS : undefined,
  );
  const client = new LazyClient(config.connectionOptions, namespace);
  const observed = {
    dataConverter: dataConverter(),
    interceptors: {activity: [observeActivities(observer)]},
    sinks: observeWorkflows(observer),
  };
  try {
    if (kind === QueueKind.workflow) {
      const {serveWorkflows} = await import('./serve-workflows.ts');
      await serveWorkflows({settings, connection, namespace, client, observed, say, hold: values.hold});
    } else {
      const meter = new Meter(kind);
      const of = await context(kind, settings, client, meter);
      const duties = await activityDuties(kind, of, settings, meter);
      const workers = await Promise.all(
        duties.map((duty) =>
          // Progress in CLI and UI is at most this old.
          Worker.create({connection, namespace, maxHeartbeatThrottleInterval: '2 s', ...observed, ...duty}),
        ),
      );
      const stop = meter.keep(of.stores.costs, settings.project, say);
      await Promise.all(workers.map((worker) => worker.run())).finally(stop);
    }
  } finally {
    await client.close();
    await connection.close();
    await telemetry.stop();
  }
}

/** Runs that may wait at once for stages of others: a connection's stream and a timer each. */
const WAITERS = 200;

/**
 * The queues that a worker of this kind serves. Each kind loads what it runs: the data libraries of a cpu worker would cost
 * the others a second at every start. None of them is versioned: an activity is one step with a checked input, and goes to
 * the newest code whichever version of a workflow asks for it.
 */
async function activityDuties(
  kind: 'cpu' | 'gpu',
  of: ActivityContext,
  settings: WorkerSettings,
  meter: Meter,
): Promise<Pick<WorkerOptions, 'taskQueue' | 'activities' | 'shutdownGraceTime'>[]> {
  const queue = taskQueue(settings.project, kind);
  const slots = (count: number) => ({
    maxConcurrentActivityTaskExecutions: count,
    // Of a worker that is stopped, Temporal hands an attempt to each poll that is still open.
    maxConcurrentActivityTaskPolls: 1,
    shutdownGraceTime: '3 s',
  });
  if (kind === QueueKind.gpu) {
    const {gpuActivities} = await import('./gpu-activities.ts');
    // One training a device; a laptop's gpu worker has one slot too.
    return [{taskQueue: queue, activities: gpuActivities(of, meter), ...slots(settings.trainings)}];
  }
  const {cpuActivities, waitActivities} = await import('./cpu-activities.ts');
  return [
    {
      taskQueue: queue,
      activities: cpuActivities(of, meter),
      ...slots(Math.max(4, settings.engines.length + 2)),
    },
    {taskQueue: taskQueue(settings.project, 'wait'), activities: waitActivities(of), ...slots(WAITERS)},
  ];
}

async function context(
  kind: 'cpu' | 'gpu',
  settings: WorkerSettings,
  client: LazyClient,
  meter: Meter,
): Promise<ActivityContext> {
  return {
    project: settings.project,
    folder: settings.folder,
    file: settings.file,
    stores: withRowKey(
      await openStores(settings.store, {process: kind, onWritten: (bytes) => meter.wrote(bytes)}),
      settings.rowKey,
    ),
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
  sayLast('worker', line);
  process.exitCode = error instanceof RatchetError && error.type === 'InvalidInput' ? 2 : 1;
});
