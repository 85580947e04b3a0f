import {once} from 'node:events';
import {request} from 'node:http';
import type {AddressInfo} from 'node:net';
import {expect, test} from 'vitest';
import type {Engine} from '../../../serving/engine/engine.ts';
import {EngineMetrics} from '../../../serving/engine/metrics.ts';
import {engineServer} from '../../../serving/engine/server.ts';

test.each([
  ['/v1/completions', {model: 'base', prompt: 'Hi', max_tokens: 1}],
  ['/v1/chat/completions', {model: 'base', messages: [{role: 'user', content: 'Hi'}], max_tokens: 1}],
])('%s: a client that hangs up while the model is read is not answered', async (path, body) => {
  const reading = Promise.withResolvers<void>();
  const read = Promise.withResolvers<object>();
  const asked = Promise.withResolvers<AbortSignal>();
  const engine = {
    options: {baseName: 'base', model: '/m.gguf'},
    context: 8,
    resolve: () => 'base',
    model() {
      reading.resolve();
      return read.promise;
    },
    complete(_model: string, _what: object, signal: AbortSignal) {
      asked.resolve(signal);
      return Promise.resolve([]);
    },
  } as unknown as Engine;
  const app = engineServer(engine, {metrics: new EngineMetrics(), tracing: null, say: () => undefined});
  const closed = new Promise((resolve) =>
    app.server.once('connection', (socket) => socket.once('close', resolve)),
  );
  await app.listen({host: '127.0.0.1', port: 0});
  try {
    const {port} = app.server.address() as AddressInfo;
    const headers = {'content-type': 'application/json'};
    const client = request({host: '127.0.0.1', port, path, method: 'POST', headers});
    client.end(JSON.stringify(body));
    await reading.promise;
    const gone = once(client, 'error');
    client.destroy(new Error('hung up'));
    await Promise.all([gone, closed]);
    read.resolve({plain: () => ({tokens: [1]}), chat: () => ({tokens: [1]})});
    expect((await asked.promise).aborted).toBe(true);
  } finally {
    await app.close();
  }
});
