import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {putService} from '../../kubernetes/service.ts';
import {KubernetesStandIn} from '../../kubernetes/stand-in.ts';
import {gatewayBed, until} from './gateway-bed.ts';

const bed = gatewayBed();

describe('engines', () => {
  test('that are down are passed over, and come back', async () => {
    const running = await bed.start();
    await bed.engines[0]!.kill();
    for (let i = 0; i < 4; i++) expect((await running.chat({user: `u${i}`})).status).toBe(200);
    expect(bed.engines[1]!.calls).toHaveLength(4);
    await bed.engines[1]!.kill();
    const none = await running.chat({});
    expect(none.status).toBe(503);
    expect(none.headers.get('retry-after')).toBe('1');
    expect(none.body.error).toMatchObject({type: 'server_error', code: 'engine_unavailable'});
    await bed.engines[0]!.listen();
    expect((await running.chat({})).status).toBe(200);
  });

  test('that are full are passed over; when all are, the client is told to come back', async () => {
    const running = await bed.start();
    bed.engines[0]!.status = 503;
    for (let i = 0; i < 3; i++) expect((await running.chat({})).status).toBe(200);
    bed.engines[1]!.status = 429;
    expect((await running.chat({})).body.error).toMatchObject({code: 'engine_busy'});
  });

  test('that find the prompt too long refuse it once and for all', async () => {
    const running = await bed.start();
    for (const engine of bed.engines) engine.status = 400;
    expect((await running.chat({})).body.error).toMatchObject({
      code: 'prompt_refused',
      type: 'invalid_request_error',
    });
    expect(bed.calls()).toHaveLength(1);
  });

  test('get an adapter before it has traffic, and again after they were started anew', async () => {
    const tuned = await bed.store.release({adapter: await bed.store.adapter({seed: 1, layers: 1})});
    const name = `mail@${tuned.adapter!.digest.slice(0, 12)}`;
    await bed.store.deploy(tuned);
    const running = await bed.start();
    expect(bed.engines.map(({adapters}) => [...adapters])).toEqual([[name], [name]]);
    expect((await running.chat({})).status).toBe(200);
    for (const engine of bed.engines) {
      await engine.kill();
      await engine.listen();
    }
    for (let i = 0; i < 4; i++) expect((await running.chat({})).status).toBe(200);
    expect(bed.calls().every(({model}) => model === name)).toBe(true);
    expect(bed.engines.map(({adapters}) => [...adapters])).toEqual([[name], [name]]);
  });
});

describe('engines behind a Kubernetes Service', () => {
  let cluster: KubernetesStandIn;
  beforeEach(async () => {
    cluster = await new KubernetesStandIn().listen();
    // As behind kubectl proxy.
    cluster.token = null;
    vi.stubEnv('RATCHET_KUBERNETES', cluster.url);
    vi.stubEnv('RATCHET_KUBERNETES_NAMESPACE', 'ratchet');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await cluster.close();
  });
  const of = {engines: [], service: {service: 'vllm'}};
  const tuned = async () => {
    const release = await bed.store.release({adapter: await bed.store.adapter({seed: 1, layers: 1})});
    await bed.store.deploy(release);
    return `mail@${release.adapter!.digest.slice(0, 12)}`;
  };

  test('are asked once they are ready and have the adapter, and not when they are gone', async () => {
    const name = await tuned();
    const [first, second] = bed.engines as [(typeof bed.engines)[0], (typeof bed.engines)[0]];
    const running = await bed.start(of);
    expect((await running.chat({})).body.error).toMatchObject({code: 'no_engine'});
    expect(running.said.join('\n')).toContain('Service vllm in namespace ratchet has no EndpointSlice');

    putService(cluster, 'vllm', [first]);
    await until(async () => (await running.chat({})).status).toBe(200);
    expect([...first.adapters]).toEqual([name]);

    putService(cluster, 'vllm', [first, second]);
    await until(async () => {
      await running.chat({});
      return second.calls.length;
    }).toBeGreaterThan(0);
    // It was given the adapter before, not at its first question.
    expect(second.calls.every(({model}) => model === name)).toBe(true);

    putService(cluster, 'vllm', [second, {url: first.url, conditions: {ready: false, terminating: true}}]);
    await until(async () => {
      const before = first.calls.length;
      await running.chat({});
      await running.chat({});
      return first.calls.length - before;
    }).toBe(0);
    expect(await running.health()).toMatchObject({status: 'ok', engines: [{url: second.url, up: true}]});
  });

  test('one that takes the adapter and answers as the base is never asked', async () => {
    await tuned();
    const [first, second] = bed.engines as [(typeof bed.engines)[0], (typeof bed.engines)[0]];
    putService(cluster, 'vllm', [first]);
    const running = await bed.start(of);
    second.serveBase = true;
    putService(cluster, 'vllm', [first, second]);
    await until(async () => JSON.stringify(await running.health())).toContain('just as the base does');
    for (let i = 0; i < 4; i++) expect((await running.chat({})).status).toBe(200);
    expect(second.calls).toHaveLength(0);
  });

  test('while the cluster cannot be asked, those of the last time go on', async () => {
    await tuned();
    putService(cluster, 'vllm', [bed.engines[0]!]);
    const running = await bed.start(of);
    cluster.token = 'another';
    await until(() => running.said.join('\n')).toContain('(401)');
    expect((await running.chat({})).status).toBe(200);
  });

  test('that may not be read are said at the start', async () => {
    await expect(bed.start({...of, service: {service: 'vllm', namespace: 'models'}})).rejects.toMatchObject({
      type: 'AccessDenied',
    });
  });
});
