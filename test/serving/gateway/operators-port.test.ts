import {describe, expect, test} from 'vitest';
import type {Scope} from '../../../schemas/gateway-key.ts';
import {freePorts} from '../../setup/child-service.ts';
import {bearer, gatewayBed, until} from './gateway-bed.ts';

const bed = gatewayBed();

describe('the port for operators', () => {
  test('is another one, on loopback, and the public one says no more than that it lives', async () => {
    const running = await bed.start();
    expect(new URL(running.adminUrl).hostname).toBe('127.0.0.1');
    const health = await fetch(`${running.url}/healthz`);
    expect(await health.json()).toEqual({status: 'ok'});
    for (const path of ['/metrics', '/keys', '/v1/load_lora_adapter'])
      expect((await fetch(running.url + path)).status).toBe(404);
    expect((await fetch(`${running.adminUrl}/v1/models`)).status).toBe(404);
  });

  test('needs a key for reading once there is one; keys are shown to admin alone, without hashes', async () => {
    const token = async (scope: Scope) => (await bed.newKey({name: scope, scopes: [scope]})).token;
    const [chat, read, admin] = [await token('chat'), await token('read'), await token('admin')];
    const running = await bed.start();
    const statuses = async (headers: Record<string, string>) => {
      const found: number[] = [];
      for (const path of ['/metrics', '/healthz', '/keys'])
        found.push((await fetch(running.adminUrl + path, {headers})).status);
      return found;
    };
    expect(await statuses({})).toEqual([401, 401, 401]);
    expect(await statuses(bearer(chat))).toEqual([403, 403, 403]);
    expect(await statuses(bearer(read))).toEqual([200, 200, 403]);
    expect(await statuses(bearer(admin))).toEqual([200, 200, 200]);
    await running.chat({}, bearer(chat));
    const text = await (await fetch(`${running.adminUrl}/keys`, {headers: bearer(admin)})).text();
    const {keys} = JSON.parse(text) as {keys: {name: string; state: string; today: object | null}[]};
    expect(keys).toMatchObject([
      {name: 'chat', state: 'live', today: {requests: 1, completionTokens: 3}},
      {name: 'read', state: 'live', today: null},
      {name: 'admin', state: 'live', today: null},
    ]);
    expect(text).not.toContain('hash');
  });

  test('shows metrics at another address, too, where one is named, and there nothing else', async () => {
    const {token} = await bed.newKey({name: 'prometheus', scopes: ['read']});
    const [port] = await freePorts(1);
    await bed.start({metrics: {host: '127.0.0.1', port: port!}});
    const asked = (path: string, headers = bearer(token)) =>
      fetch(`http://127.0.0.1:${port}${path}`, {headers});
    expect(await (await asked('/metrics')).text()).toContain('ratchet_engines_up 2');
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(401);
    for (const path of ['/healthz', '/keys', '/v1/models']) expect((await asked(path)).status).toBe(404);
  });

  test('beyond loopback metrics need a key even where the project has none', async () => {
    const [port] = await freePorts(1);
    await bed.start({metrics: {host: '0.0.0.0', port: port!}});
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect([answer.status, ((await answer.json()) as {error: {code: string}}).error.code]).toEqual([
      401,
      'no_keys',
    ]);
  });

  test('engines that failed are down until they answer, whether or not anybody asks', async () => {
    const running = await bed.start();
    const up = async () => /^ratchet_engines_up (\d)$/m.exec(await running.metrics())![1];
    expect(await up()).toBe('2');
    for (const engine of bed.engines) await engine.kill();
    expect((await running.chat({})).status).toBe(503);
    // Longer than an engine that failed is passed over.
    const failed = Date.now();
    while (Date.now() - failed < 2500) expect(await up()).toBe('0');
    await bed.engines[0]!.listen();
    await until(up).toBe('1');
  });

  test('engines that die while nobody asks them are seen when metrics are read', async () => {
    const running = await bed.start();
    const up = async () => /^ratchet_engines_up (\d)$/m.exec(await running.metrics())![1];
    expect(await up()).toBe('2');
    await bed.engines[0]!.kill();
    await until(up).toBe('1');
    expect((await running.chat({})).status).toBe(200);
  });

  test('a look at the metrics does not keep readiness from asking again', async () => {
    const running = await bed.start();
    await running.metrics();
    for (const engine of bed.engines) engine.status = 500;
    expect((await running.chat({})).status).toBe(503);
    // They answer with their models all the same.
    expect((await fetch(`${running.url}/readyz`)).status).toBe(200);
  });

  test('a port for metrics that is taken ends the start, which says so', async () => {
    const [port] = await freePorts(1);
    const metrics = {host: '127.0.0.1', port: port!};
    await bed.start({metrics});
    await expect(bed.open({metrics})).rejects.toThrow(
      `--metrics (or RATCHET_GATEWAY_METRICS): expected an address that is free, got listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
    );
    await expect(bed.open({adminPort: port!})).rejects.toThrow(
      '--admin-port: expected an address that is free',
    );
    await expect(bed.open({port: port!})).rejects.toThrow(
      '--host and --port: expected an address that is free',
    );
  });

  test('requests that find nothing deployed are counted, as are those that find no route', async () => {
    const running = await bed.open();
    expect((await running.chat({})).body.error).toMatchObject({code: 'no_deployment'});
    expect((await fetch(`${running.url}/v1/nothing`)).status).toBe(404);
    const told = await running.metrics();
    expect(told).toContain('ratchet_requests_refused_total{code="no_deployment"} 1');
    expect(told).toContain('ratchet_requests_refused_total{code="not_found"} 1');
  });

  test('readiness says whether an answer would come: not before a deployment, not without an engine', async () => {
    const running = await bed.open();
    const readyz = async () => (await fetch(`${running.url}/readyz`)).status;
    expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
    expect(await readyz()).toBe(503);
    await bed.store.deploy(bed.base);
    await until(readyz).toBe(200);
    for (const engine of bed.engines) await engine.kill();
    expect((await running.chat({})).status).toBe(503);
    expect(await readyz()).toBe(503);
    await bed.engines[0]!.listen();
    // Without a request that finds it: a balancer sends none to a gateway that is not ready.
    await until(readyz).toBe(200);
  });
});
