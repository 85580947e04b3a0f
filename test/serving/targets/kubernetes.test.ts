import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from 'vitest';
import {KubernetesApi} from '../../../serving/clients/kubernetes/api.ts';
import {ServiceEndpoints, type Endpoint} from '../../../serving/clients/kubernetes/service-endpoints.ts';
import {vllmTarget} from '../../../serving/targets/vllm.ts';
import type {DeployTarget} from '../../../serving/targets/deploy-target.ts';
import type {KubernetesService} from '../../../schemas/project.ts';
import type {ReleaseV1} from '../../../schemas/release.ts';
import {putService} from '../../kubernetes/service.ts';
import {KubernetesStandIn} from '../../kubernetes/stand-in.ts';
import {projectStore, type ProjectStore} from '../project-store.ts';
import {vllmStandIn, type StandIn} from './vllm-stand-in.ts';

let cluster: KubernetesStandIn;
let api: KubernetesApi;
beforeEach(async () => {
  cluster = await new KubernetesStandIn().listen();
  api = new KubernetesApi({server: cluster.url, token: async () => cluster.token, namespace: 'ratchet'});
});
afterEach(async () => {
  api.close();
  await cluster.close();
});

const endpoints = (of: Partial<KubernetesService> = {}) =>
  new ServiceEndpoints(api, {service: 'vllm', ...of});
const urls = (found: readonly Endpoint[]) => found.map(({url}) => url);

interface Slice {
  readonly addressType?: string;
  readonly ports?: readonly object[] | null;
  readonly endpoints: readonly object[] | null;
}
/** Slices of the Service vllm, as the API gives them. */
function put(...slices: Slice[]): void {
  for (const [i, slice] of slices.entries())
    cluster.slices.put({
      metadata: {
        name: `vllm-${i}`,
        uid: `${i}`,
        resourceVersion: '',
        labels: {'kubernetes.io/service-name': 'vllm'},
      },
      addressType: 'IPv4',
      ports: [{name: 'http', port: 8000}],
      ...slice,
    });
}
const pod = (address: string, uid: string, conditions: object = {ready: true}) => ({
  addresses: [address],
  conditions,
  targetRef: {kind: 'Pod', uid},
});

describe('the ready endpoints of a Service', () => {
  test('are those of all its slices, each pod once, and of no other Service', async () => {
    put(
      {endpoints: [pod('10.0.0.2', 'b'), pod('10.0.0.1', 'a')]},
      // While slices are rewritten, one stands in two of them.
      {endpoints: [pod('10.0.0.1', 'a'), pod('10.0.1.1', 'c')]},
      // A dual-stack Service has its pods in slices of either family.
      {addressType: 'IPv6', endpoints: [pod('fd00::1', 'a'), pod('fd00::9', 'd')]},
      {addressType: 'FQDN', endpoints: [pod('vllm.example', 'e')]},
    );
    putService(cluster, 'other', [{url: 'http://10.9.9.9:8000'}]);
    expect(await endpoints().ready()).toEqual([
      {id: 'a', url: 'http://10.0.0.1:8000'},
      {id: 'b', url: 'http://10.0.0.2:8000'},
      {id: 'c', url: 'http://10.0.1.1:8000'},
      {id: 'd', url: 'http://[fd00::9]:8000'},
    ]);
  });

  test('take requests: unknown is ready, terminating is not, and publishNotReadyAddresses makes nobody ready', async () => {
    put({
      endpoints: [
        {addresses: ['10.0.0.1', '10.0.0.99']},
        pod('10.0.0.2', 'unknown', {}),
        pod('10.0.0.3', 'starting', {ready: false, serving: false, terminating: false}),
        pod('10.0.0.4', 'draining', {ready: false, serving: true, terminating: true}),
        pod('10.0.0.5', 'published', {ready: true, serving: false, terminating: false}),
        pod('10.0.0.6', 'published and draining', {ready: true, serving: true, terminating: true}),
      ],
    });
    expect(await endpoints().ready()).toEqual([
      {id: 'http://10.0.0.1:8000', url: 'http://10.0.0.1:8000'},
      {id: 'unknown', url: 'http://10.0.0.2:8000'},
    ]);
  });

  test('answer on the port of that name, whatever number each slice has for it', async () => {
    const metrics = {name: 'metrics', port: 9090};
    put(
      {ports: [metrics, {name: 'http', port: 8000}], endpoints: [pod('10.0.0.1', 'a')]},
      {ports: [{name: 'http', port: 8001}, metrics], endpoints: [pod('10.0.0.2', 'b')]},
      {ports: null, endpoints: null},
    );
    expect(urls(await endpoints({port: 'http'}).ready())).toEqual([
      'http://10.0.0.1:8000',
      'http://10.0.0.2:8001',
    ]);
    await expect(endpoints({port: 'grpc'}).ready()).rejects.toMatchObject({
      type: 'InvalidInput',
      message:
        'Service vllm in namespace ratchet: expected a port named grpc (engine.target.kubernetes.port), it has metrics, http',
    });
    await expect(endpoints().ready()).rejects.toMatchObject({
      type: 'InvalidInput',
      message:
        'Service vllm in namespace ratchet: expected one port, it has metrics, http: name one in engine.target.kubernetes.port',
    });
  });

  test.each([
    [
      'of a Service that is not there',
      () => undefined,
      'Service vllm in namespace ratchet has no EndpointSlice: there is no such Service, or it has no selector; see `kubectl -n ratchet get service vllm`',
    ],
    [
      'that nobody is',
      () => put({endpoints: [pod('10.0.0.3', 'starting', {ready: false})]}, {endpoints: null, ports: null}),
      'Service vllm in namespace ratchet has no ready endpoint (1 known): see the pods of `kubectl -n ratchet describe service vllm`',
    ],
  ])('%s are said to be none, and where to look', async (_, prepare, message) => {
    prepare();
    await expect(endpoints().ready()).rejects.toMatchObject({type: 'Unavailable', message});
  });

  test('of another namespace than the rights are for say whose right is missing', async () => {
    await expect(endpoints({namespace: 'models'}).ready()).rejects.toMatchObject({
      type: 'AccessDenied',
      message:
        'Kubernetes refused GET /apis/discovery.k8s.io/v1/namespaces/models/endpointslices (403): endpointslices is forbidden: ' +
        'User "system:serviceaccount:ratchet:worker" cannot use resource "endpointslices" in the namespace "models"; ' +
        "the chart's Role gives the service account what it needs",
    });
  });

  test('of an API that does not know them (404) say which one does', async () => {
    const old = createServer((_, response) => void response.writeHead(404).end('404 page not found'));
    await new Promise<void>((listening) => old.listen(0, '127.0.0.1', listening));
    const server = `http://127.0.0.1:${(old.address() as AddressInfo).port}`;
    const asked = new KubernetesApi({server, token: async () => null, namespace: 'ratchet'});
    await expect(new ServiceEndpoints(asked, {service: 'vllm'}).ready()).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining('expected Kubernetes 1.21 or newer') as string,
    });
    asked.close();
    old.close();
  });
});

describe('a deploy target whose engines come and go', () => {
  let store: ProjectStore;
  let tuned: ReleaseV1;
  let engines: StandIn[];
  let target: DeployTarget;
  beforeAll(async () => {
    store = await projectStore();
    tuned = await store.release({adapter: await store.adapter({seed: 1, layers: 1})});
  });
  afterAll(() => store.remove());
  beforeEach(async () => {
    engines = [await vllmStandIn(), await vllmStandIn()];
    const of = endpoints({port: 'http'});
    target = vllmTarget({
      engines: async () => (await of.ready()).map(({url}) => url),
      artifacts: store.stores.artifacts,
      adapterFolder: join(store.folder, 'adapters'),
    });
  });
  afterEach(() => Promise.all(engines.map((engine) => engine.close())));

  const service = (...of: StandIn[]) => putService(cluster, 'vllm', of);
  const held = () => engines.map(({adapters}) => adapters.size);

  test('gives the adapter to one that was added, by the next call', async () => {
    service(engines[0]!);
    await target.ensureAdapter(tuned);
    expect(held()).toEqual([1, 0]);
    service(...engines);
    await target.ensureAdapter(tuned);
    expect(held()).toEqual([1, 1]);
    expect(engines[0]!.loads).toHaveLength(1);
  });

  test('lets one prove the adapter that was added since it was loaded', async () => {
    service(engines[0]!);
    await target.ensureAdapter(tuned);
    service(...engines);
    expect((await target.prove(tuned)).map(({engine}) => engine).sort()).toEqual(
      engines.map(({url}) => url).sort(),
    );
  });

  test('speaks to the pod that replaced another, not to the one that is gone', async () => {
    service(engines[0]!);
    await target.ensureAdapter(tuned);
    await engines[0]!.close();
    service(engines[1]!);
    await target.ensureAdapter(tuned);
    await target.unload(await target.ensureAdapter(tuned));
    expect(held()).toEqual([1, 0]);
    expect(engines[1]!.loads).toHaveLength(1);
  });

  test('leaves one alone that is terminating or not ready', async () => {
    putService(cluster, 'vllm', [
      {url: engines[0]!.url, conditions: {ready: false, serving: true, terminating: true}},
      engines[1]!,
    ]);
    await target.ensureAdapter(tuned);
    expect(held()).toEqual([0, 1]);
  });

  test('without a ready one does nothing, and says where to look', async () => {
    putService(cluster, 'vllm', [{url: engines[0]!.url, conditions: {ready: false, serving: false}}]);
    for (const call of [
      () => target.ensureAdapter(tuned),
      () => target.prove(tuned),
      () => target.unload('mail@0'),
    ])
      await expect(call()).rejects.toMatchObject({
        type: 'Unavailable',
        message: expect.stringMatching(
          /^Service vllm in namespace ratchet has no ready endpoint \(1 known\)/,
        ) as string,
      });
    expect(held()).toEqual([0, 0]);
  });
});
