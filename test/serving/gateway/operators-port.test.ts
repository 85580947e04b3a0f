import {describe, expect, test} from 'vitest';
import type {Scope} from '../../../schemas/gateway-key.ts';
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
