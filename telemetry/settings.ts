/** What OpenTelemetry's usual variables ask of this process. Nothing is loaded, sent or kept where they ask for nothing. */
export interface Signals {
  readonly traces: boolean;
  readonly metrics: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Traces and metrics each: on where `OTEL_EXPORTER_OTLP_ENDPOINT` or the signal's own `…_TRACES_ENDPOINT` /
 * `…_METRICS_ENDPOINT` is set, or `OTEL_TRACES_EXPORTER` / `OTEL_METRICS_EXPORTER` is `otlp`; off where that is `none`, or
 * `OTEL_SDK_DISABLED` is `true`. https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function telemetryAsked(env: Environment): Signals {
  const asked = (signal: 'TRACES' | 'METRICS'): boolean => {
    if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return false;
    const exporter = env[`OTEL_${signal}_EXPORTER`]?.trim();
    if (exporter) return exporter === 'otlp';
    return Boolean(env['OTEL_EXPORTER_OTLP_ENDPOINT'] || env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`]);
  };
  return {traces: asked('TRACES'), metrics: asked('METRICS')};
}

/**
 * Why what is asked for cannot be done: one line a variable, none if it can. Only OTLP over HTTP with protobuf is spoken,
 * OpenTelemetry's own default.
 */
export function telemetryProblems(env: Environment): string[] {
  const {traces, metrics} = telemetryAsked(env);
  const problems: string[] = [];
  for (const [on, signal] of [
    [traces, 'TRACES'],
    [metrics, 'METRICS'],
  ] as const) {
    const exporter = env[`OTEL_${signal}_EXPORTER`]?.trim();
    if (exporter && exporter !== 'otlp' && exporter !== 'none')
      problems.push(`OTEL_${signal}_EXPORTER: expected otlp or none, got "${exporter}": nothing is sent`);
    const variables = [`OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`, 'OTEL_EXPORTER_OTLP_PROTOCOL'];
    const named = variables.find((name) => env[name]);
    if (on && named !== undefined && env[named] !== 'http/protobuf')
      problems.push(
        `${named}: expected http/protobuf, got "${env[named]}": use the collector's HTTP port, usually 4318`,
      );
  }
  return [...new Set(problems)];
}

/** Where a signal's OTLP goes, by the same rules as the exporters': the signal's own URL, else the common one and its path. */
export function otlpUrl(env: Environment, signal: 'traces' | 'metrics'): string {
  const own = env[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`];
  if (own) return own;
  const base = env['OTEL_EXPORTER_OTLP_ENDPOINT'] || 'http://localhost:4318';
  return `${base.replace(/\/+$/, '')}/v1/${signal}`;
}

/** `key=value,key=value`, percent-encoded values, as OTEL_EXPORTER_OTLP_HEADERS and the signal's own have them. */
export function otlpHeaders(env: Environment, signal: 'traces' | 'metrics'): Record<string, string> {
  const pairs = [
    env['OTEL_EXPORTER_OTLP_HEADERS'],
    env[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_HEADERS`],
  ].flatMap((text) => (text ?? '').split(','));
  return Object.fromEntries(
    pairs.flatMap((pair) => {
      const at = pair.indexOf('=');
      return at < 1 ? [] : [[pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())]];
    }),
  );
}
