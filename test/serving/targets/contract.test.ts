import {copyFile, readFile, readdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {AdapterClient} from '../../../serving/targets/adapter-http.ts';
import type {DeployTarget} from '../../../serving/targets/deploy-target.ts';
import {embeddedTarget} from '../../../serving/targets/embedded.ts';
import {vllmTarget} from '../../../serving/targets/vllm.ts';
import {KubernetesApi} from '../../../serving/clients/kubernetes/api.ts';
import {ServiceEndpoints} from '../../../serving/clients/kubernetes/service-endpoints.ts';
import type {Artifacts} from '../../../stores/objects/artifacts.ts';
import {putService} from '../../kubernetes/service.ts';
import {KubernetesStandIn} from '../../kubernetes/stand-in.ts';
import type {ReleaseV1} from '../../../schemas/release.ts';
import {startEngine, type EngineProcess} from '../engine/engine-process.ts';
import {projectStore, type ProjectStore} from '../project-store.ts';
import {vllmStandIn, type StandIn} from './vllm-stand-in.ts';

/** Two engines of one kind, and the target that they are reached through. */
interface Kind {
  readonly name: string;
  readonly baseName: string;
  start(): Promise<readonly string[]>;
  /** The target over these engines. */
  over(engines: readonly string[], options: {artifacts: Artifacts; adapterFolder: string}): DeployTarget;
  /** A release whose adapter loads and changes nothing there. */
  idle(store: ProjectStore): Promise<ReleaseV1>;
  stop(): Promise<void>;
}

function embedded(): Kind {
  const engines: EngineProcess[] = [];
  return {
    name: 'embedded engines',
    baseName: 'smollm2-135m-instruct',
    async start() {
      engines.push(
        ...(await Promise.all([1, 2].map(() => startEngine('--context', '256', '--max-lora-rank', '16')))),
      );
      return engines.map(({url}) => url);
    },
    over: (urls, options) => embeddedTarget({...options, engines: urls}),
    // Weights of zero.
    idle: async (store) => store.release({adapter: await store.adapter({seed: 2, layers: 1, scale: 0})}),
    async stop() {
      await Promise.all(engines.map((engine) => engine.stop()));
    },
  };
}

/** Two stand-ins for vLLM, reached as `over` says. */
function vllm(name: string, over: Kind['over'], open?: () => Promise<{close(): Promise<void>}>): Kind {
  const servers: StandIn[] = [];
  let beside: {close(): Promise<void>} | undefined;
  return {
    name,
    over,
    baseName: 'org/base-model',
    async start() {
      beside = await open?.();
      servers.push(await vllmStandIn(), await vllmStandIn());
      return servers.map(({url}) => url);
    },
    // It loads with 200 and goes on serving the base.
    async idle(store) {
      for (const server of servers) server.serveBaseSilently(true);
      return store.release({adapter: await store.adapter({seed: 2, layers: 1})});
    },
    async stop() {
      await Promise.all(servers.map((server) => server.close()));
      await beside?.close();
    },
  };
}

/** As base URLs are often given, with /v1. */
const listed = () =>
  vllm('vLLM by its addresses', (urls, options) =>
    vllmTarget({...options, engines: urls.map((url) => `${url}/v1`)}),
  );

function kubernetes(): Kind {
  const cluster = new KubernetesStandIn();
  let services = 0;
  const over: Kind['over'] = (urls, options) => {
    const service = `vllm-${++services}`;
    const pods = urls.map((url) => ({url}));
    putService(cluster, service, pods);
    const api = new KubernetesApi({
      server: cluster.url,
      token: async () => cluster.token,
      namespace: 'ratchet',
    });
    const endpoints = new ServiceEndpoints(api, {service});
    return vllmTarget({...options, engines: async () => (await endpoints.ready()).map(({url}) => url)});
  };
  return vllm('vLLM behind a Kubernetes Service', over, () => cluster.listen());
}

/** Where nothing listens. */
const AWAY = 'http://127.0.0.1:9';

const nameOf = (release: ReleaseV1) => `mail@${release.adapter!.digest.slice(0, 12)}`;

describe.each([embedded(), listed(), kubernetes()])('a deploy target over $name', (kind) => {
  let store: ProjectStore;
  let target: DeployTarget;
  let urls: readonly string[];
  let adapterFolder: string;
  let base: ReleaseV1;
  let tuned: ReleaseV1;
  const options = () => ({artifacts: store.stores.artifacts, adapterFolder});
  const served = async (url: string) => (await new AdapterClient(url).models()).map(({id}) => id);

  beforeAll(async () => {
    store = await projectStore();
    adapterFolder = join(store.folder, 'adapters');
    urls = await kind.start();
    target = kind.over(urls, options());
    base = await store.release();
    tuned = await store.release({adapter: await store.adapter({seed: 1, layers: 6})});
  });
  afterAll(async () => {
    await kind.stop();
    await store.remove();
  });

  test('a release without adapter answers under the base name', async () => {
    expect(await target.ensureAdapter(base)).toBe(kind.baseName);
    expect(await target.prove(base)).toEqual([]);
  });

  test('an adapter is brought, loaded everywhere, and proven; twice changes nothing', async () => {
    expect(await target.ensureAdapter(tuned)).toBe(nameOf(tuned));
    expect(await target.ensureAdapter(tuned)).toBe(nameOf(tuned));
    for (const url of urls) expect(await served(url)).toEqual([kind.baseName, nameOf(tuned)]);
    expect(await readdir(adapterFolder)).toEqual([nameOf(tuned)]);
    expect((await readdir(join(adapterFolder, nameOf(tuned)))).sort()).toEqual([
      'adapter.gguf',
      'adapter_config.json',
      'adapter_model.safetensors',
    ]);
    const proofs = await target.prove(tuned);
    expect(proofs).toHaveLength(2);
    for (const proof of proofs) expect(proof.difference).toBeGreaterThan(3 * proof.noise);
  });

  test('an engine that lost the adapter gets it back', async () => {
    await new AdapterClient(urls[1]!).unload(nameOf(tuned));
    expect(await served(urls[1]!)).toEqual([kind.baseName]);
    await target.ensureAdapter(tuned);
    expect(await served(urls[1]!)).toContain(nameOf(tuned));
  });

  test('an adapter that answers as the base does is found out', async () => {
    const idle = await kind.idle(store);
    await target.ensureAdapter(idle);
    await expect(target.prove(idle)).rejects.toMatchObject({
      type: 'AdapterNotServed',
      message: expect.stringContaining(nameOf(idle)),
    });
    await target.unload(nameOf(idle));
    await rm(join(adapterFolder, nameOf(idle)), {recursive: true});
  });

  test('bytes that were exchanged on the way are refused, here and in the store', async () => {
    const file = join(adapterFolder, nameOf(tuned), 'adapter.gguf');
    const kept = await readFile(file);
    await copyFile(join(adapterFolder, nameOf(tuned), 'adapter_config.json'), file);
    await expect(target.ensureAdapter(tuned)).rejects.toMatchObject({
      type: 'DigestMismatch',
      message: expect.stringContaining('delete the folder to have it fetched again'),
    });
    await writeFile(file, kept);
    await target.ensureAdapter(tuned);

    const damaged = await store.release({adapter: await store.adapter({seed: 3, layers: 1})});
    await writeFile(
      join(store.folder, 'store', damaged.adapter!.gguf!.uri),
      'x'.repeat(damaged.adapter!.gguf!.bytes),
    );
    await expect(target.ensureAdapter(damaged)).rejects.toMatchObject({type: 'DigestMismatch'});
    expect(await readdir(adapterFolder)).toEqual([nameOf(tuned)]);
  });

  test('an engine that is away is said to be, after the others were served', async () => {
    const more = await store.release({adapter: await store.adapter({seed: 6, layers: 1})});
    const partly = kind.over([AWAY, urls[1]!], options());
    await expect(partly.ensureAdapter(more)).rejects.toMatchObject({
      type: 'Unavailable',
      message: expect.stringContaining(AWAY) as string,
    });
    expect(await served(urls[1]!)).toContain(nameOf(more));
    await expect(partly.unload(nameOf(more))).rejects.toMatchObject({type: 'Unavailable'});
    expect(await served(urls[1]!)).not.toContain(nameOf(more));
    await rm(join(adapterFolder, nameOf(more)), {recursive: true});
  });

  test('an adapter that the engine refuses says why', async () => {
    const large = await store.release({adapter: await store.adapter({seed: 4, rank: 32, layers: 1})});
    await expect(target.ensureAdapter(large)).rejects.toThrow(
      'LoRA rank 32 is greater than max_lora_rank 16.',
    );
    await rm(join(adapterFolder, nameOf(large)), {recursive: true});
  });

  test('unloading forgets it everywhere, the base never, and an unknown name is no error', async () => {
    await target.unload(nameOf(tuned));
    await target.unload(nameOf(tuned));
    await target.unload(kind.baseName);
    for (const url of urls) expect(await served(url)).toEqual([kind.baseName]);
  });
});

describe('an adapter that has no GGUF form', () => {
  test('is refused by the embedded engine before anything is brought, and served by vLLM', async () => {
    const store = await projectStore();
    const server = await vllmStandIn();
    try {
      const adapter = {...(await store.adapter({seed: 7, layers: 1})), gguf: null};
      const tuned = await store.release({adapter});
      const adapterFolder = join(store.folder, 'adapters');
      const options = {engines: [server.url], artifacts: store.stores.artifacts, adapterFolder};
      await expect(embeddedTarget(options).ensureAdapter(tuned)).rejects.toMatchObject({
        type: 'InvalidInput',
        message: `release ${tuned.digest.slice(0, 12)} has its adapter as safetensors alone, the embedded engine needs it as GGUF: name vLLM servers as engine.target, or train on a base that llama.cpp has a layout for`,
      });
      await vllmTarget(options).ensureAdapter(tuned);
      expect((await readdir(join(adapterFolder, nameOf(tuned)))).sort()).toEqual([
        'adapter_config.json',
        'adapter_model.safetensors',
      ]);
    } finally {
      await server.close();
      await store.remove();
    }
  });
});

describe('what differs with vLLM', () => {
  test('its key is sent, and the folder is named as it sees it', async () => {
    const store = await projectStore();
    const server = await vllmStandIn();
    try {
      const target = vllmTarget({
        engines: [server.url],
        artifacts: store.stores.artifacts,
        adapterFolder: join(store.folder, 'adapters'),
        folderOnEngines: '/mnt/adapters',
        apiKey: 'vllm-key',
      });
      const tuned = await store.release({adapter: await store.adapter({seed: 5, layers: 1})});
      await expect(target.ensureAdapter(tuned)).rejects.toThrow('No adapter found for /mnt/adapters/mail@');
      expect(server.loads).toEqual([{lora_name: nameOf(tuned), lora_path: `/mnt/adapters/${nameOf(tuned)}`}]);
      expect([...server.tokens]).toEqual(['Bearer vllm-key']);
    } finally {
      await server.close();
      await store.remove();
    }
  });
});
