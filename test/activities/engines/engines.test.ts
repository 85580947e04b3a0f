import {mkdir, symlink} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {ActivityContext} from '../../../activities/context.ts';
import {deployTarget, onAnEngine} from '../../../activities/engines/engines.ts';
import type {ProjectConfig} from '../../../schemas/project.ts';
import type {InferenceClient} from '../../../serving/clients/inference/inference-client.ts';
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
