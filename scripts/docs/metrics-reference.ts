import type {Registry} from 'prom-client';
import {EngineMetrics} from '../../serving/engine/metrics.ts';
import {Metrics} from '../../serving/gateway/metrics.ts';
import {TEMPORAL_METRICS, WORKER_METRICS} from '../../telemetry/worker-metrics.ts';

export interface DocumentedMetric {
  readonly name: string;
  readonly kind: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** Every metric that is Ratchet's own, by who shows it; and of Temporal's those that boards and rules use. */
export function metricsByPart(): Readonly<
  Record<'gateway' | 'engine' | 'worker' | 'temporal', DocumentedMetric[]>
> {
  const gateway = new Metrics();
  gateway.observe({watch: {}, engines: {}, traces: {}, journal: {}, shadows: {}} as never);
  const engine = new EngineMetrics();
  engine.observe({} as never);
  return {
    gateway: own(gateway.registry),
    engine: own(engine.registry),
    worker: Object.values(WORKER_METRICS),
    temporal: [...TEMPORAL_METRICS],
  };
}

/** What a process measures of itself (`process_…`, `nodejs_…`) is prom-client's, and documented there. */
function own(registry: Registry): DocumentedMetric[] {
  return registry
    .getMetricsAsArray()
    .filter(({name}) => /^(ratchet|gen_ai)_/.test(name))
    .map((metric) => {
      // prom-client's types leave out what each of its metrics has.
      const {name, help, type, labelNames} = metric as unknown as {
        name: string;
        help: string;
        type: string;
        labelNames: string[];
      };
      return {name, kind: type, help, labels: labelNames};
    });
}

/** docs/metrics.md. */
export function metricsReference(): string {
  const {gateway, engine, worker, temporal} = metricsByPart();
  return `# Metrics

Made from the code by \`node scripts/docs/main.ts\`. How to read or send them: [telemetry](telemetry.md). The boards in \`deploy/grafana/\` and the rules in \`deploy/alerts/\` use these names and no others; a test compares them. Of a histogram \`NAME\` Prometheus shows \`NAME_bucket\`, \`NAME_sum\` and \`NAME_count\`. No label holds anything that users wrote.

## Gateway

At \`/metrics\` of the gateway, with those of the process (\`process_…\`, \`nodejs_…\`; \`nodejs_eventloop_lag_…\` is how late the event loop runs, in seconds). \`release\` is the first 12 digits of its digest.

${table(gateway)}

## Embedded engine

At \`/metrics\` of each engine, with those of the process. The names of \`gen_ai_server_…\` are those of OpenTelemetry's GenAI conventions as Prometheus spells them. vLLM has metrics of its own (\`vllm:…\`).

${table(engine)}

## Workers

At the address in \`RATCHET_WORKER_METRICS\`, with the label \`project\`, with those of Temporal's SDK.

${table(worker)}

## Of Temporal's own

Workers show [all metrics of Temporal's SDK](https://docs.temporal.io/references/sdk-metrics), by its names and in seconds; the labels \`project\` and \`namespace\` are on each. The boards and rules use:

${table(temporal)}
`;
}

function table(metrics: readonly DocumentedMetric[]): string {
  const rows = metrics.map(
    ({name, kind, labels, help}) => `| \`${name}\` | ${kind} | ${labels.join(', ') || '–'} | ${help} |`,
  );
  return ['| Name | Kind | Labels | What it says |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
