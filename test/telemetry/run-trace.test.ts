import {Client, Connection} from '@temporalio/client';
import {afterEach, expect, test, vi} from 'vitest';
import {traceRun} from '../../telemetry/run-trace.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

test.each([
  ['traces are sent', 'http://127.0.0.1:1'],
  ['no traces are sent', undefined],
])('where %s, a run is started by a client that encrypts as the given one does', async (_, endpoint) => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', endpoint);
  // The span is made and not sent: nothing waits for a receiver.
  vi.stubEnv('OTEL_TRACES_SAMPLER', 'always_off');
  const codec = {encode: vi.fn(), decode: vi.fn()};
  const client = new Client({connection: Connection.lazy(), dataConverter: {payloadCodecs: [codec]}});
  const used = await traceRun(client, {project: 'post', run: 'lifecycle/post/1'}, async (given) => given);
  expect(used === client).toBe(endpoint === undefined);
  expect(used.options.loadedDataConverter.payloadCodecs).toEqual([codec]);
});
