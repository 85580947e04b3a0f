import {DefaultLogger, Runtime, type LogEntry, type RuntimeOptions} from '@temporalio/worker';
import {RatchetError} from '../schemas/errors.ts';
import {bindAddress} from '../telemetry/bind-address.ts';
import type {Say} from '../telemetry/log.ts';
import {otlpHeaders, otlpUrl, telemetryAsked} from '../telemetry/settings.ts';
import {SCHEDULE_TO_START, WORKER_BUCKETS, WORKER_METRICS} from '../telemetry/worker-metrics.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * How Temporal's core logs and measures. Its exporter has one way out: Prometheus at `RATCHET_WORKER_METRICS` (`host:port`),
 * else OTLP where OpenTelemetry's variables ask for metrics, else none. Throws InvalidInput for an address that is none.
 */
export function runtimeOptions(of: {
  readonly project: string;
  readonly env: Environment;
  readonly say: Say;
}): RuntimeOptions {
  const metrics = metricsOf(of.project, of.env);
  return {
    logger: new DefaultLogger('WARN', (entry) => line(entry, of.say)),
    shutdownSignals: ['SIGTERM', 'SIGINT'],
    ...(metrics === null ? {} : {telemetryOptions: {metrics}}),
  };
}

/** The core with these options. Throws InvalidInput where the metrics' address cannot be had. */
export function installRuntime(options: RuntimeOptions): Runtime {
  try {
    return Runtime.install(options);
  } catch (error) {
    const {message} = error as Error;
    if (!/prometheus metrics exporter/.test(message)) throw error;
    throw new RatchetError(
      'InvalidInput',
      `RATCHET_WORKER_METRICS: expected an address that is free, got: ${message}`,
    );
  }
}

function metricsOf(project: string, env: Environment) {
  const histogramBucketOverrides = {
    [WORKER_METRICS.activitySeconds.name]: WORKER_BUCKETS,
    [WORKER_METRICS.workflowSeconds.name]: WORKER_BUCKETS,
    // The core's own end at 1, 5, 10, 100 and 1,000 s: an alert at 300 s would see nothing between.
    [SCHEDULE_TO_START]: WORKER_BUCKETS,
  };
  const common = {attachServiceName: false, globalTags: {project}};
  const address = env['RATCHET_WORKER_METRICS'];
  if (address) {
    const {host, port} = bindAddress('RATCHET_WORKER_METRICS', address);
    return {
      ...common,
      prometheus: {
        bindAddress: `${host.includes(':') ? `[${host}]` : host}:${port}`,
        useSecondsForDurations: true,
        histogramBucketOverrides,
      },
    };
  }
  if (!telemetryAsked(env).metrics) return null;
  return {
    ...common,
    otel: {
      url: otlpUrl(env, 'metrics'),
      http: true,
      headers: otlpHeaders(env, 'metrics'),
      metricsExportInterval: Number(env['OTEL_METRIC_EXPORT_INTERVAL']) || 60_000,
      useSecondsForDurations: true,
      histogramBucketOverrides,
    },
  };
}

/** Failed activities have a line of their own (observe-activity.ts), without what their errors may repeat. */
function line({message, level, meta}: LogEntry, say: Say): void {
  if (meta?.['activityId'] !== undefined) return;
  const error: unknown = meta?.['error'];
  const what = error instanceof Error ? `: ${error.message}` : '';
  const text = (name: string): string | undefined => {
    const value: unknown = meta?.[name];
    return typeof value === 'string' ? value : undefined;
  };
  say(`${message}${what}`, {
    level: level === 'ERROR' ? 'error' : 'warn',
    workflow: text('workflowId'),
    stage: text('workflowType'),
    error: error instanceof Error ? error.name : undefined,
  });
}
