import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {resolveEnvironment} from '../../launcher/environment.js';
import {freePorts, startService} from '../setup/child-service.ts';

export interface ReceivedSpan {
  readonly service: string;
  readonly name: string;
  /** By OTLP's numbers: 1 internal, 2 server, 3 client. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  /** '' for the first of a trace. */
  readonly parentSpanId: string;
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** 2 = error. */
  readonly status: number;
}
export interface ReceivedMetric {
  readonly service: string;
  readonly name: string;
  readonly unit: string;
  readonly kind: 'sum' | 'gauge' | 'histogram';
  readonly points: readonly {
    readonly attributes: Readonly<Record<string, unknown>>;
    readonly value: number;
    readonly count?: number;
    readonly bucketCounts?: readonly number[];
    readonly bounds?: readonly number[];
  }[];
}

export interface OtlpReceiver {
  /** What a process is told for its telemetry to come here, without delay. */
  readonly env: Readonly<Record<string, string>>;
  /** Everything that came, as the collector wrote it down. */
  text(): string;
  spans(): ReceivedSpan[];
  /** The newest of each name and service. */
  metrics(): ReceivedMetric[];
  /** Ends it, once it has written all down; what came can still be read. */
  stop(): Promise<void>;
}

/** Why there is no receiver on this machine, undefined if there is one. */
export function noReceiver(): string | undefined {
  if (resolveEnvironment().otelcol !== undefined) return undefined;
  return (
    process.env['RATCHET_OTELCOL_UNAVAILABLE'] ??
    'no OTLP receiver: `npm test` builds one where Go is installed, or set RATCHET_OTELCOL'
  );
}

/** OpenTelemetry's own collector over HTTP on a free port, writing what comes into a file. */
export async function otlpReceiver(): Promise<OtlpReceiver> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ratchet-otlp-'));
  const file = path.join(folder, 'received.jsonl');
  const config = path.join(folder, 'config.yaml');
  const [port] = await freePorts(1);
  writeFileSync(
    config,
    `receivers: {otlp: {protocols: {http: {endpoint: '127.0.0.1:${port}'}}}}
exporters: {file: {path: '${file}', flush_interval: 100ms}}
service:
  telemetry: {metrics: {level: none}, logs: {level: warn}}
  pipelines:
    traces: {receivers: [otlp], exporters: [file]}
    metrics: {receivers: [otlp], exporters: [file]}
`,
  );
  const service = await startService({
    name: 'otelcol',
    command: resolveEnvironment().otelcol!,
    args: ['--config', config],
    withinMs: 60_000,
    // It takes POST alone, and says so as soon as it listens.
    ready: async () => {
      await (await fetch(`http://127.0.0.1:${port}/v1/traces`)).body?.cancel();
    },
  });
  let left: string | undefined;
  const text = () => left ?? (existsSync(file) ? readFileSync(file, 'utf8') : '');
  // Its last line may still be on its way.
  const lines = () =>
    text()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Received);
  return {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      OTEL_METRIC_EXPORT_TIMEOUT: '200',
    },
    text,
    spans: () => lines().flatMap(spansOf),
    metrics: () => [
      ...new Map(
        lines()
          .flatMap(metricsOf)
          .map((metric) => [`${metric.service} ${metric.name}`, metric]),
      ).values(),
    ],
    stop: async () => {
      await service.stop();
      left ??= text();
      rmSync(folder, {recursive: true, force: true});
    },
  };
}

// OTLP's JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
interface Value {
  readonly stringValue?: string;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
  readonly arrayValue?: {readonly values: Value[]};
}
interface KeyValue {
  readonly key: string;
  readonly value: Value;
}
interface Resourced {
  readonly resource: {readonly attributes: KeyValue[]};
}
interface Point {
  readonly attributes?: KeyValue[];
  readonly asDouble?: number;
  readonly asInt?: string;
  readonly count?: string;
  readonly sum?: number;
  readonly bucketCounts?: string[];
  readonly explicitBounds?: number[];
}
interface Received {
  readonly resourceSpans?: (Resourced & {
    scopeSpans: {
      spans: {
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        name: string;
        kind?: number;
        startTimeUnixNano: string;
        endTimeUnixNano: string;
        attributes?: KeyValue[];
        status?: {code?: number};
      }[];
    }[];
  })[];
  readonly resourceMetrics?: (Resourced & {
    scopeMetrics: {
      metrics: {
        name: string;
        unit?: string;
        sum?: {dataPoints: Point[]};
        gauge?: {dataPoints: Point[]};
        histogram?: {dataPoints: Point[]};
      }[];
    }[];
  })[];
}

function plain(value: Value): unknown {
  if (value.intValue !== undefined) return Number(value.intValue);
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plain);
  return value.stringValue ?? value.doubleValue ?? value.boolValue;
}
function attributes(list: KeyValue[] | undefined): Record<string, unknown> {
  return Object.fromEntries((list ?? []).map(({key, value}) => [key, plain(value)]));
}
const serviceOf = ({resource}: Resourced): string => String(attributes(resource.attributes)['service.name']);

function spansOf({resourceSpans = []}: Received): ReceivedSpan[] {
  return resourceSpans.flatMap((one) =>
    one.scopeSpans
      .flatMap(({spans}) => spans)
      .map((span) => ({
        service: serviceOf(one),
        name: span.name,
        kind: span.kind ?? 0,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        start: BigInt(span.startTimeUnixNano),
        end: BigInt(span.endTimeUnixNano),
        attributes: attributes(span.attributes),
        status: span.status?.code ?? 0,
      })),
  );
}

function metricsOf({resourceMetrics = []}: Received): ReceivedMetric[] {
  return resourceMetrics.flatMap((one) =>
    one.scopeMetrics
      .flatMap(({metrics}) => metrics)
      .map((metric) => {
        const kind = metric.sum ? 'sum' : metric.gauge ? 'gauge' : 'histogram';
        return {
          service: serviceOf(one),
          name: metric.name,
          unit: metric.unit ?? '',
          kind,
          points: metric[kind]!.dataPoints.map((point) => ({
            attributes: attributes(point.attributes),
            value: point.asDouble ?? (point.asInt === undefined ? (point.sum ?? 0) : Number(point.asInt)),
            ...(point.count === undefined ? {} : {count: Number(point.count)}),
            ...(point.bucketCounts === undefined ? {} : {bucketCounts: point.bucketCounts.map(Number)}),
            ...(point.explicitBounds === undefined ? {} : {bounds: point.explicitBounds}),
          })),
        };
      }),
  );
}
