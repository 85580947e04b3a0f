import {randomUUID} from 'node:crypto';
import {OTLPMetricExporter} from '@opentelemetry/exporter-metrics-otlp-proto';
import {OTLPTraceExporter} from '@opentelemetry/exporter-trace-otlp-proto';
import {detectResources, envDetector, resourceFromAttributes, type Resource} from '@opentelemetry/resources';
import {MeterProvider, PeriodicExportingMetricReader} from '@opentelemetry/sdk-metrics';
import {BatchSpanProcessor, TracerProvider} from '@opentelemetry/sdk-trace';
import {ChosenIds} from './chosen-ids.ts';
import {PrometheusProducer} from './prometheus-producer.ts';
import {samplerFrom} from './sampler.ts';
import type {Signals} from './settings.ts';
import type {Telemetry, TelemetryOf} from './telemetry.ts';
import {Tracing} from './tracing.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The SDK of a process. The exporters read addresses, headers, certificates and time-outs from OpenTelemetry's variables. */
export function openTelemetry(of: TelemetryOf, asked: Signals, env: Environment): Telemetry {
  const resource = resourceOf(of);
  const provider = asked.traces ? tracerProvider(resource, env) : null;
  const meters =
    asked.metrics && of.registry
      ? new MeterProvider({
          resource,
          readers: [
            new PeriodicExportingMetricReader({
              exporter: new OTLPMetricExporter(),
              exportIntervalMillis: milliseconds(env['OTEL_METRIC_EXPORT_INTERVAL'], 60_000),
              exportTimeoutMillis: milliseconds(env['OTEL_METRIC_EXPORT_TIMEOUT'], 30_000),
              metricProducers: [new PrometheusProducer(of.registry, resource)],
            }),
          ],
        })
      : null;
  return {
    tracing: provider === null ? null : new Tracing(provider.provider.getTracer('ratchet'), provider.ids),
    stop: async () => {
      // A receiver that is away must not keep a process from ending well.
      await Promise.allSettled([provider?.provider.shutdown(), meters?.shutdown()]);
    },
  };
}

function tracerProvider(resource: Resource, env: Environment) {
  const ids = new ChosenIds();
  const provider = new TracerProvider({
    resource,
    sampler: samplerFrom(env),
    idGenerator: ids,
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter(),
        scheduledDelayMillis: milliseconds(env['OTEL_BSP_SCHEDULE_DELAY'], 5_000),
        exportTimeoutMillis: milliseconds(env['OTEL_BSP_EXPORT_TIMEOUT'], 30_000),
      }),
    ],
  });
  return {provider, ids};
}

function resourceOf({part, project}: TelemetryOf): Resource {
  return resourceFromAttributes({
    'service.name': `ratchet-${part}`,
    'service.namespace': 'ratchet',
    'service.instance.id': randomUUID(),
    'process.pid': process.pid,
    ...(project === undefined ? {} : {'ratchet.project': project}),
  }).merge(detectResources({detectors: [envDetector]}));
}

function milliseconds(text: string | undefined, otherwise: number): number {
  const value = Number(text);
  return text && Number.isFinite(value) && value > 0 ? value : otherwise;
}
