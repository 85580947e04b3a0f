import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {expect, test} from 'vitest';
import type {Engine} from '../../../serving/engine/engine.ts';
import {EngineMetrics} from '../../../serving/engine/metrics.ts';
import {engineServer} from '../../../serving/engine/server.ts';
import {PAGES} from '../from-page.ts';

/** Where a request that got in would end. */
const engine = {
  options: {baseName: 'base', context: 8, model: '/m.gguf'},
  state: {status: 'ok'},
  adapters: {all: []},
  started: 0,
  loadAdapter: async () => 'loaded',
  unloadAdapter: async () => 'unloaded',
} as unknown as Engine;

const CALLS = [
  ['GET', '/v1/models'],
  ['POST', '/v1/completions'],
  ['POST', '/v1/chat/completions'],
  ['POST', '/v1/load_lora_adapter'],
  ['POST', '/v1/unload_lora_adapter'],
  ['POST', '/tokenize'],
  ['GET', '/nowhere'],
  ['GET', '/health/'],
] as const;

test('with a key nothing but its health and its metrics is answered without it', async () => {
  const app = engineServer(engine, {
    key: 'the-key',
    metrics: new EngineMetrics(),
    tracing: null,
    say: () => undefined,
  });
  const payload = {lora_name: 'x', lora_path: '/x'};
  for (const [method, url] of CALLS)
    for (const authorization of [undefined, 'Bearer ', 'Bearer the-ke', 'Bearer the-keyy', 'the-key']) {
      const headers = authorization === undefined ? {} : {authorization};
      const answer = await app.inject({method, url, headers, ...(method === 'POST' ? {payload} : {})});
      expect([url, answer.statusCode]).toEqual([url, 401]);
    }
  expect((await app.inject('/health')).json()).toEqual({status: 'ok'});
  const headers = {authorization: 'Bearer the-key'};
  expect((await app.inject({url: '/v1/models', headers})).statusCode).toBe(200);
  const load = await app.inject({method: 'POST', url: '/v1/load_lora_adapter', headers, payload});
  expect(load.body).toBe('loaded');
});

test('beyond loopback it does not start without a key', () => {
  const main = fileURLToPath(new URL('../../../serving/engine/main.ts', import.meta.url));
  const {status, stderr} = spawnSync(process.execPath, [main, '--host', '0.0.0.0'], {
    encoding: 'utf8',
    env: {...process.env, RATCHET_ENGINE_KEY: ''},
  });
  expect(stderr).toMatch(/^\S+Z engine error: --host 0\.0\.0\.0 is beyond loopback: set RATCHET_ENGINE_KEY/);
  expect(status).toBe(2);
});

test.each(PAGES)('without a key it answers no page %s', async (_, headers) => {
  const app = engineServer(engine, {metrics: new EngineMetrics(), tracing: null, say: () => undefined});
  for (const [method, url] of CALLS)
    expect((await app.inject({method, url, headers, payload: {}})).statusCode, url).toBe(403);
  expect((await app.inject({method: 'GET', url: '/v1/models'})).statusCode).toBe(200);
});
