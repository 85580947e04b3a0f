import {mkdir, symlink} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi} from 'vitest';
import type {ActivityContext} from '../../../activities/context.ts';
import {deployTarget} from '../../../activities/engines/deploy-target.ts';
import {onAnEngine} from '../../../activities/engines/on-an-engine.ts';
import type {ProjectConfig} from '../../../schemas/project.ts';
import type {InferenceClient} from '../../../serving/clients/inference/inference-client.ts';
import {putService} from '../../kubernetes/service.ts';
import {KubernetesStandIn} from '../../kubernetes/stand-in.ts';
import {fakeEngine, type FakeEngine} from '../../serving/gateway/fake-engine.ts';
import {KEY, projectStore, type ProjectStore} from '../../serving/project-store.ts';
import {vllmStandIn} from '../../serving/targets/vllm-stand-in.ts';
import {scriptedEngine, type Script} from '../gauntlet/scripted-engine.ts';

let store: ProjectStore;
let context: ActivityContext;
beforeAll(async () => {
  store = await projectStore();
  context = {
    project: 'mail',
    folder: store.folder,
    file: '',
    stores: store.stores,
    rowKey: KEY,
    engines: [],
    adapterFolder: join(store.folder, 'adapters'),
    jobFolder: join(store.folder, 'jobs'),
    client: () => Promise.reject(new Error('no Temporal in here')),
    environment: {trainer: '', trainerThreads: 1},
  };
});
afterAll(() => store.remove());

const vllm = (...urls: string[]): Pick<ProjectConfig, 'engine'> => ({
  engine: {target: urls, processes: 1, threads: 1, context: 512},
});
const SCRIPT: Script = {choose: (_, choices) => choices[0]!, write: () => ' an answer', nll: 1};
const complete = (client: InferenceClient, model: string) =>
  client.complete({model, prompt: 'hello', maxTokens: 3, temperature: 0, stop: []});
/** Where nothing listens. */
const AWAY = 'http://127.0.0.1:9';

describe('a vLLM with a key and another mount point', () => {
  it('gets the key with every request, and its own path of the adapter', async () => {
    const server = await vllmStandIn();
    const mounted = join(store.folder, 'mounted');
    await mkdir(context.adapterFolder, {recursive: true});
    await symlink(context.adapterFolder, mounted);
    const release = await store.release({adapter: await store.adapter({seed: 1, layers: 1})});
    const worker = {...context, engines: [server.url], engineKey: 'vllm-key', adaptersOnEngines: mounted};
    await onAnEngine(worker, vllm(server.url), release, (client, model) =>
      client.scoreCompletion({model, prompt: 'spam or ham? Answer:', completion: ' ham'}),
    );
    await deployTarget(worker, vllm(server.url)).prove(release);
    expect(server.loads.map(({lora_path: path}) => path)).toEqual([
      join(mounted, `mail@${release.adapter!.digest.slice(0, 12)}`),
    ]);
    expect([...server.tokens]).toEqual(['Bearer vllm-key']);
    await server.close();
  });

  it('that refuses the key is said to, and the key stands in no error', async () => {
    const server = createServer((request, response) => {
      response.writeHead(401, {'content-type': 'application/json'});
      response.end(JSON.stringify({error: {message: `no such key: ${request.headers.authorization}`}}));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const worker = {...context, engines: [url], engineKey: 'vllm-key-9f2'};
    const base = await store.release();
    for (const asked of [
      () => onAnEngine(worker, vllm(url), base, complete),
      () => onAnEngine(worker, vllm(url), base, (client) => complete(client, 'base')),
      () => deployTarget(worker, vllm(url)).ensureAdapter(base),
    ]) {
      const error = await asked().then(
        () => expect.fail('it was answered'),
        (caught: unknown) => caught as Error,
      );
      expect(error).toMatchObject({type: 'AccessDenied', message: expect.stringContaining('401') as string});
      expect(chainOf(error)).not.toContain('vllm-key-9f2');
    }
    server.close();
  });
});

/** All that a failure of this error would show. */
function chainOf(error: Error): string {
  return `${error.message} ${error.stack} ${error.cause instanceof Error ? chainOf(error.cause) : ''}`;
}

describe('of several engines', () => {
  it('a dead one is passed over, for its adapter and for a while after', async () => {
    const engine = await scriptedEngine(SCRIPT, SCRIPT);
    const release = await store.release({adapter: await store.adapter({seed: 2, layers: 1})});
    const worker = {...context, engines: [AWAY, engine.url]};
    const began = performance.now();
    for (let i = 0; i < 20; i++)
      expect((await onAnEngine(worker, vllm(), release, complete)).text).toBe(' an answer');
    expect(engine.asked).toHaveLength(20);
    // One round of the client's attempts, not twenty.
    expect(performance.now() - began).toBeLessThan(8_000);
    await engine.close();
  });

  it('one that fails is passed over, not one that finds fault with the question', async () => {
    const [first, second] = [await scriptedEngine(SCRIPT, SCRIPT), await scriptedEngine(SCRIPT, SCRIPT)];
    const base = await store.release();
    const worker = {...context, engines: [first.url, second.url]};
    first.break(503);
    await onAnEngine(worker, vllm(), base, complete);
    first.break(null);
    await onAnEngine(worker, vllm(), base, complete);
    expect([first.asked.length, second.asked.length]).toEqual([0, 2]);
    second.break(400);
    await expect(onAnEngine(worker, vllm(), base, complete)).rejects.toMatchObject({type: 'InvalidInput'});
    expect(first.asked).toHaveLength(0);
    await Promise.all([first.close(), second.close()]);
  });

  it('all of which are down, the last one’s failure is told', async () => {
    const base = await store.release();
    await expect(onAnEngine({...context, engines: [AWAY]}, vllm(), base, complete)).rejects.toMatchObject({
      type: 'Unavailable',
      message: expect.stringContaining(AWAY) as string,
    });
    await expect(onAnEngine(context, vllm(), base, complete)).rejects.toMatchObject({type: 'InvalidInput'});
  });
});

it('engines that stay are given the adapter once, and asked for no proof', async () => {
  const engine = await fakeEngine();
  engine.serveBase = true;
  const release = await store.release({adapter: await store.adapter({seed: 3, layers: 1})});
  const worker = {...context, engines: [engine.url]};
  const loads = vi.spyOn(engine.adapters, 'add');
  await Promise.all([1, 2, 3].map(() => onAnEngine(worker, vllm(), release, complete)));
  await onAnEngine(worker, vllm(), release, complete);
  expect(loads).toHaveBeenCalledTimes(1);
  expect(engine.calls).toHaveLength(4);
  await engine.kill();
});

describe('of the engines behind a Kubernetes Service', () => {
  let cluster: KubernetesStandIn;
  let engines: [FakeEngine, FakeEngine];
  beforeEach(async () => {
    cluster = await new KubernetesStandIn().listen();
    // As behind kubectl proxy.
    cluster.token = null;
    vi.stubEnv('RATCHET_KUBERNETES', cluster.url);
    vi.stubEnv('RATCHET_KUBERNETES_NAMESPACE', 'ratchet');
    vi.useFakeTimers({toFake: ['Date']});
    engines = [await fakeEngine(), await fakeEngine()];
  });
  afterEach(async () => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
    await cluster.close();
    await Promise.all(engines.map((engine) => engine.kill()));
  });
  const behind = (service: string): Pick<ProjectConfig, 'engine'> => ({
    engine: {target: {kubernetes: {service}}, processes: 1, threads: 1, context: 512},
  });
  /** What was found two seconds ago is looked up anew. */
  const later = () => vi.setSystemTime(Date.now() + 2_000);

  it('one that comes is asked once it has proved the adapter, one that goes is not asked', async () => {
    const [first, second] = engines;
    const release = await store.release({adapter: await store.adapter({seed: 4, layers: 1})});
    const ask = () => onAnEngine(context, behind('vllm'), release, complete);
    putService(cluster, 'vllm', [first]);
    await ask();
    second.serveBase = true;
    putService(cluster, 'vllm', [first, second]);
    later();
    const answers = await Promise.allSettled([ask(), ask(), ask()]);
    const failures = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [answer.reason as Error] : [],
    );
    expect(failures.length).toBeGreaterThan(0);
    for (const failure of failures) expect(failure).toMatchObject({type: 'AdapterNotServed'});
    expect(second.calls).toHaveLength(0);
    second.serveBase = false;
    putService(cluster, 'vllm', [second]);
    later();
    const before = first.calls.length;
    for (let i = 0; i < 3; i++) await ask();
    expect([first.calls.length - before, second.calls.length]).toEqual([0, 3]);
  });
});
