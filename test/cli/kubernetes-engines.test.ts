import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {environmentVariables, resolveEnvironment} from '../../launcher/environment.js';
import {putService} from '../kubernetes/service.ts';
import {KubernetesStandIn} from '../kubernetes/stand-in.ts';
import {User} from './cli.ts';
import {projectYaml} from './project-yaml.ts';

interface Check {
  readonly name: string;
  readonly state: string;
  readonly found: string;
  readonly do?: string;
}

const user = new User();
const folder = user.folder('post');
const cluster = new KubernetesStandIn();
let engine: Server;
let url: string;

beforeAll(async () => {
  cluster.token = null; // as `kubectl proxy`
  await cluster.listen();
  engine = createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1');
  await new Promise((resolve) => engine.once('listening', resolve));
  url = `http://127.0.0.1:${(engine.address() as AddressInfo).port}`;
  writeFileSync(
    path.join(folder, 'ratchet.yaml'),
    projectYaml('post', {
      engine: 'engine: {target: {kubernetes: {service: vllm, namespace: ratchet}}}',
    }),
  );
});
afterAll(async () => {
  engine.close();
  await cluster.close();
});

const inCluster = () => ({RATCHET_KUBERNETES: cluster.url});

async function engines(env: NodeJS.ProcessEnv): Promise<Check | undefined> {
  const {stdout} = await user.ratchet(['doctor', '--json'], {from: folder, env});
  return (JSON.parse(stdout) as Check[]).find(({name}) => name === 'engines');
}

test('doctor finds the engines of a Service, and asks each whether it is reached from here', async () => {
  putService(cluster, 'vllm', [{url}]);
  expect(await engines(inCluster())).toEqual({
    name: 'engines',
    state: 'ok',
    found: `Service vllm in namespace ratchet: ${url}`,
  });

  putService(cluster, 'vllm', [{url: 'http://127.0.0.1:9'}]);
  const away = await engines(inCluster());
  expect(away).toMatchObject({state: 'fail', do: expect.stringContaining('docs/cluster.md') as string});
  expect(away!.found).toContain('from here http://127.0.0.1:9 does not answer');
});

test('doctor says that a Service has nobody who answers', async () => {
  putService(cluster, 'vllm', []);
  const none = await engines(inCluster());
  expect(none).toMatchObject({state: 'fail'});
  expect(none!.found).toContain('Service vllm in namespace ratchet');
});

test('where no cluster is known, doctor and up say what to start, and validate only warns', async () => {
  const hint = 'start `kubectl proxy` and set RATCHET_KUBERNETES=http://127.0.0.1:8001';
  expect(await engines({})).toMatchObject({state: 'fail', found: expect.stringContaining(hint) as string});

  const up = await user.ratchet(['up', '--detach'], {from: folder});
  expect(up.code).not.toBe(0);
  expect(up.stderr).toContain(hint);

  writeFileSync(path.join(folder, 'letters.jsonl'), '{"body": "Dear friend", "label": "good"}\n');
  const {stdout, stderr} = await user.ratchet(['validate'], {
    from: folder,
    env: environmentVariables(resolveEnvironment()),
  });
  expect(stdout).toContain('engine.target.kubernetes: no Kubernetes to ask');
  expect(stderr).not.toContain('engine.target.kubernetes');
});
