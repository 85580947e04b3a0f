import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {createServer, type AddressInfo} from 'node:net';
import path from 'node:path';
import {SamplingDecision} from '@opentelemetry/sdk-trace';
import {ROOT_CONTEXT, SpanKind} from '@opentelemetry/api';
import {describe, expect, it} from 'vitest';
import {logFormat, logOf} from '../../telemetry/log.ts';
import {samplerFrom} from '../../telemetry/sampler.ts';
import {otlpHeaders, otlpUrl, telemetryAsked, telemetryProblems} from '../../telemetry/settings.ts';
import {startTelemetry} from '../../telemetry/start.ts';
import {readTraceparent} from '../../telemetry/tracing.ts';
import {installRuntime, runtimeOptions} from '../../workers/temporal-runtime.ts';

const HERE = 'http://127.0.0.1:4318';

describe('OpenTelemetry’s variables', () => {
  it.each([
    [{}, false, false],
    [{OTEL_EXPORTER_OTLP_ENDPOINT: HERE}, true, true],
    [{OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: HERE}, true, false],
    [{OTEL_EXPORTER_OTLP_ENDPOINT: HERE, OTEL_METRICS_EXPORTER: 'none'}, true, false],
    [{OTEL_TRACES_EXPORTER: 'otlp'}, true, false],
    [{OTEL_EXPORTER_OTLP_ENDPOINT: HERE, OTEL_SDK_DISABLED: 'true'}, false, false],
  ])('%o', (env, traces, metrics) => {
    expect(telemetryAsked(env)).toEqual({traces, metrics});
    expect(telemetryProblems(env)).toEqual([]);
  });

  it('that ask for what is not spoken are refused in one line', async () => {
    const env = {OTEL_EXPORTER_OTLP_ENDPOINT: HERE, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc'};
    await expect(startTelemetry({part: 'gateway', env})).rejects.toThrow(
      'OTEL_EXPORTER_OTLP_PROTOCOL: expected http/protobuf, got "grpc"',
    );
    expect(telemetryProblems({OTEL_TRACES_EXPORTER: 'zipkin'})).toEqual([
      'OTEL_TRACES_EXPORTER: expected otlp or none, got "zipkin": nothing is sent',
    ]);
  });

  it('say where Temporal’s core sends, and with which headers', () => {
    expect(otlpUrl({OTEL_EXPORTER_OTLP_ENDPOINT: `${HERE}/`}, 'metrics')).toBe(`${HERE}/v1/metrics`);
    expect(otlpUrl({OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${HERE}/m`}, 'metrics')).toBe(`${HERE}/m`);
    expect(otlpHeaders({OTEL_EXPORTER_OTLP_HEADERS: 'a=1,authorization=Bearer%20x'}, 'metrics')).toEqual({
      a: '1',
      authorization: 'Bearer x',
    });
  });

  it('choose the sampler', () => {
    const decides = (env: Record<string, string>, trace: string) =>
      samplerFrom(env).shouldSample(ROOT_CONTEXT, trace, 'x', SpanKind.SERVER, {}, []).decision ===
      SamplingDecision.RECORD_AND_SAMPLED;
    expect(decides({}, '1'.repeat(32))).toBe(true);
    expect(decides({OTEL_TRACES_SAMPLER: 'always_off'}, '1'.repeat(32))).toBe(false);
    const tenth = {OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1'};
    const ids = Array.from({length: 1000}, (_, i) => createHash('md5').update(String(i)).digest('hex'));
    const sampled = ids.filter((id) => decides(tenth, id)).length;
    // Binomial(1000, 0.1): 100 ± 5 standard deviations of 9.5.
    expect(Math.abs(sampled - 100)).toBeLessThan(48);
    expect(() => samplerFrom({OTEL_TRACES_SAMPLER: 'sometimes'})).toThrow('got "sometimes"');
    expect(() => samplerFrom({OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2'})).toThrow(
      'expected 0 to 1, got "2"',
    );
  });

  it('that are not set load nothing of the SDK, in any process', () => {
    const root = path.resolve(import.meta.dirname, '..', '..');
    const loaded = (env: Record<string, string>) =>
      spawnSync(
        process.execPath,
        [
          '--input-type=module',
          '-e',
          `import {registerHooks} from 'node:module';
           const seen = new Set();
           registerHooks({load(url, context, next) {
             const name = /node_modules\\/(@opentelemetry\\/[^/]+)\\//.exec(url)?.[1];
             if (name) seen.add(name);
             return next(url, context);
           }});
           await import('${root}/serving/gateway/start.ts');
           const {startTelemetry} = await import('${root}/telemetry/start.ts');
           const {tracing, stop} = await startTelemetry({part: 'gateway'});
           console.log(JSON.stringify({seen: [...seen].sort(), tracing: tracing !== null}));
           await stop();`,
        ],
        {encoding: 'utf8', env: {PATH: process.env['PATH'], ...env}},
      );
    expect(JSON.parse(loaded({}).stdout)).toEqual({seen: ['@opentelemetry/api'], tracing: false});
    const on = JSON.parse(loaded({OTEL_TRACES_EXPORTER: 'otlp'}).stdout) as {
      seen: string[];
      tracing: boolean;
    };
    expect(on.tracing).toBe(true);
    expect(on.seen).toContain('@opentelemetry/sdk-trace');
  });
});

describe('a traceparent', () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const span = 'b7ad6b7169203331';
  it.each([
    [`00-${trace}-${span}-01`, {traceId: trace, spanId: span, sampled: true}],
    [`00-${trace}-${span}-00`, {traceId: trace, spanId: span, sampled: false}],
    // A later version may have more parts.
    [`01-${trace}-${span}-01-more`, {traceId: trace, spanId: span, sampled: true}],
    [`ff-${trace}-${span}-01`, null],
    [`00-${'0'.repeat(32)}-${span}-01`, null],
    [`00-${trace}-${'0'.repeat(16)}-01`, null],
    ['', null],
    ['nonsense', null],
  ])('%s', (text, read) => expect(readTraceparent(text)).toEqual(read));
});

describe('a log', () => {
  const lines = (format: 'text' | 'json') => {
    const written: string[] = [];
    const say = logOf({part: 'gateway', project: 'mail', format, write: (line) => written.push(line)});
    say('deployment 3: stable 1f2e', {release: 'ab'.repeat(32)});
    say('failed: no answer', {level: 'error', trace: undefined});
    return written;
  };
  it('is one object a line', () => {
    const [first, second] = lines('json').map((line) => JSON.parse(line) as object);
    expect(first).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      level: 'info',
      part: 'gateway',
      project: 'mail',
      pid: process.pid,
      message: 'deployment 3: stable 1f2e',
      release: 'ab'.repeat(32),
    });
    expect(second).toMatchObject({level: 'error'});
  });
  it('is text for people', () => {
    const time = String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z `;
    const [first, second] = lines('text');
    expect(first).toMatch(
      new RegExp(`${time}gateway: deployment 3: stable 1f2e release=${'ab'.repeat(32)}\n$`),
    );
    expect(second).toMatch(new RegExp(`${time}gateway error: failed: no answer\n$`));
  });
  it('has no other form', () => {
    expect(logFormat({})).toBe('text');
    expect(() => logFormat({RATCHET_LOG: 'xml'})).toThrow('RATCHET_LOG: expected text or json, got "xml"');
  });
});

describe('a worker’s metrics', () => {
  const metrics = (env: Record<string, string>) =>
    runtimeOptions({project: 'mail', env, say: () => undefined}).telemetryOptions?.metrics;
  it('have no way out unless one is named', () => expect(metrics({})).toBeUndefined());
  it('are read at an address, before they are sent', () => {
    const both = {RATCHET_WORKER_METRICS: 'localhost:9464', OTEL_EXPORTER_OTLP_ENDPOINT: HERE};
    expect(metrics(both)).toMatchObject({
      globalTags: {project: 'mail'},
      prometheus: {bindAddress: '127.0.0.1:9464'},
    });
    expect(metrics({OTEL_EXPORTER_OTLP_ENDPOINT: HERE})).toMatchObject({
      otel: {url: `${HERE}/v1/metrics`, http: true},
    });
  });
  it('need one that is free', async () => {
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const env = {RATCHET_WORKER_METRICS: `127.0.0.1:${(other.address() as AddressInfo).port}`};
    expect(() => installRuntime(runtimeOptions({project: 'mail', env, say: () => undefined}))).toThrow(
      'RATCHET_WORKER_METRICS: expected an address that is free, got: Failed to start prometheus metrics exporter: Address already in use',
    );
    other.close();
  });
  it('need an address', () => {
    for (const wrong of ['9464', 'here:9464', '127.0.0.1', '127.0.0.1:0', '127.0.0.1:70000'])
      expect(() => metrics({RATCHET_WORKER_METRICS: wrong})).toThrow(`got "${wrong}"`);
    expect(metrics({RATCHET_WORKER_METRICS: '[::1]:9464'})).toMatchObject({
      prometheus: {bindAddress: '[::1]:9464'},
    });
  });
});
