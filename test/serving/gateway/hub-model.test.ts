import {join} from 'node:path';
import {writeFile} from 'node:fs/promises';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {stringify} from 'yaml';
import {sha256Hex} from '../../../core/identity/digest.ts';
import type {ReleaseV1} from '../../../schemas/release.ts';
import {ReleaseTokenizers} from '../../../serving/gateway/release-tokenizers.ts';
import {gatewaySettings, type GatewaySettings} from '../../../serving/gateway/settings.ts';
import {hubStandIn, tinyModelFiles, type HubStandIn} from '../../models/hub-stand-in.ts';
import {projectYaml} from '../../workflows/project-of.ts';
import {KEY, modelPath, projectStore, type ProjectStore} from '../project-store.ts';
import {fakeEngine, type FakeEngine} from './fake-engine.ts';
import {testGateway} from './running-gateway.ts';

const FIRST = '1'.repeat(40);
const SECOND = '2'.repeat(40);
const ID = 'org/tiny';

let store: ProjectStore;
let engine: FakeEngine;
let hub: HubStandIn;
beforeEach(async () => {
  store = await projectStore();
  engine = await fakeEngine();
  hub = await hubStandIn({
    [ID]: {
      revisions: {main: SECOND},
      commits: {[FIRST]: tinyModelFiles('first'), [SECOND]: tinyModelFiles('second')},
    },
  });
  vi.stubEnv('RATCHET_MODEL', modelPath());
  vi.stubEnv('RATCHET_CACHE', join(store.folder, 'cache'));
  vi.stubEnv('HF_ENDPOINT', hub.url);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  await engine.kill();
  await store.remove();
});

/** A release on that commit, whose prompts are in the model's chat template. */
async function releaseOn(commit: string): Promise<ReleaseV1> {
  const {prompts} = await store.release();
  return store.release({
    base: {name: ID, kind: 'hf', sha256: sha256Hex(`hf:${ID}@${commit}`), hub: {id: ID, commit}},
    prompts: {triage: {...prompts['triage']!, format: 'chat'}},
  });
}

test('a release is rendered by the tokenizer of its own commit, wherever the branch is now', async () => {
  const stable = await releaseOn(FIRST);
  await store.deploy(stable);
  const gateway = await testGateway(store, [engine]);
  const prompts = async () => {
    engine.calls.length = 0;
    expect((await gateway.chat({})).status).toBe(200);
    return engine.calls.map(({prompt}) => prompt);
  };
  try {
    expect(await prompts()).toEqual([expect.stringMatching(/^first<\|im_start\|>user\nSubject: Lunch\n/)]);
    await store.deploy(await releaseOn(SECOND));
    await expect
      .poll(prompts, {timeout: 40_000})
      .toEqual([expect.stringMatching(/^second<\|im_start\|>user\n/)]);
    hub.asked.length = 0;
    await store.deploy(stable);
    await expect.poll(prompts, {timeout: 40_000}).toEqual([expect.stringMatching(/^first/)]);
    expect(hub.asked).toEqual([]);
  } finally {
    await gateway.stop();
  }
});

test('a release whose model the Hub does not show is not served, and says why', async () => {
  await store.deploy(await releaseOn('3'.repeat(40)));
  const gateway = await testGateway(store, [engine]);
  try {
    expect((await gateway.chat({})).status).toBe(503);
    expect((await gateway.health()).refused).toContain(`${ID} has no revision ${'3'.repeat(40)}`);
  } finally {
    await gateway.stop();
  }
});

test('a gateway without a model of its own refuses a release on a file', async () => {
  const tokenizers = new ReleaseTokenizers(null, null);
  await expect(tokenizers.prepare(await store.release())).rejects.toMatchObject({
    type: 'InvalidInput',
    message:
      'its base model smollm2-135m-instruct is a file or folder, and this gateway has none: name it by --model or RATCHET_MODEL',
  });
});

test.each<[string, object, string | null]>([
  ['an id', {kind: 'hf', path: ID}, null],
  ['a folder', {kind: 'hf', path: './model'}, 'model'],
])('settings of a project that names %s', async (_, named, model) => {
  expect(settingsOf(await written(named))).toHaveProperty('model', model && join(store.folder, model));
});

test('settings of a project that names nothing ask for a model', async () => {
  const file = await written({});
  expect(() => settingsOf(file)).toThrow('--model (or RATCHET_MODEL) is missing');
});

test('metrics beyond the port for operators are shown where --metrics or its variable says, if that is an address', async () => {
  const file = await written({kind: 'hf', path: ID});
  const at = (args: string[], given?: string) => {
    const settings = gatewaySettings(['--file', file, '--engines', 'http://127.0.0.1:1', ...args], {
      RATCHET_STORE: store.url,
      RATCHET_PROJECT_KEY: KEY.toString('hex'),
      RATCHET_GATEWAY_METRICS: given,
    });
    return (settings as GatewaySettings).metrics;
  };
  expect(at([])).toBeNull();
  expect(at([], '0.0.0.0:9464')).toEqual({host: '0.0.0.0', port: 9464});
  expect(at(['--metrics', '[::1]:9465'], '0.0.0.0:9464')).toEqual({host: '::1', port: 9465});
  expect(() => at([], '9464')).toThrow(
    '--metrics (or RATCHET_GATEWAY_METRICS): expected an IP address and a port as in 127.0.0.1:9464, got "9464"',
  );
});

async function written(named: object): Promise<string> {
  const file = join(store.folder, 'ratchet.yaml');
  await writeFile(file, stringify({...projectYaml('mail'), base_model: named}));
  return file;
}

function settingsOf(file: string): ReturnType<typeof gatewaySettings> {
  return gatewaySettings(['--file', file, '--engines', 'http://127.0.0.1:1'], {
    RATCHET_STORE: store.url,
    RATCHET_PROJECT_FOLDER: store.folder,
    RATCHET_PROJECT_KEY: KEY.toString('hex'),
  });
}
