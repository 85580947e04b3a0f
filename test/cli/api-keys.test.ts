import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {beforeAll, expect, test} from 'vitest';
import {tokenHash} from '../../core/access/token.ts';
import {dayOf} from '../../stores/access/key-usage.ts';
import {openStores, type Stores} from '../../stores/stores.ts';
import {User} from './cli.ts';
import {projectYaml} from './project-yaml.ts';

// The store alone: no gateway needs to run.
let user: User;
let folder: string;
let stores: Stores;

beforeAll(async () => {
  user = new User();
  folder = user.folder('post');
  writeFileSync(path.join(folder, 'ratchet.yaml'), projectYaml());
  stores = await openStores(pathToFileURL(path.join(folder, '.ratchet', 'store')).href);
});

const call = (...args: string[]) => user.ratchet(['api-keys', ...args], {from: folder});

test('a key is made and shown once, listed, rotated and revoked, and the chain tells it', async () => {
  expect((await call('list')).stdout).toContain('post has no key');
  const made = await call('create', 'shop', '--rate', '2.5', '--daily-tokens', '1000', '--expires', '30 d');
  expect(made.code).toBe(0);
  const token = made.stdout.trim();
  expect(token).toMatch(/^rk_[A-Za-z0-9_-]{43}$/);
  expect(made.stderr).toMatch(/^key [0-9a-f]{12} \(shop: chat, feedback; until /);
  const [key] = (await stores.gatewayKeys.read('post'))!.keys;
  expect(key).toMatchObject({
    name: 'shop',
    hash: tokenHash(token),
    rate: {perSecond: 2.5, burst: 5},
    budget: {tokens: 1000, cost: null},
  });

  const counts = {requests: 7, refused: 2, promptTokens: 90, completionTokens: 10, cost: 0};
  const day = dayOf(Date.now());
  const last = new Date().toISOString();
  await stores.keyUsage.write({
    v: 1,
    project: 'post',
    day,
    gateway: 'a'.repeat(12),
    at: last,
    keys: {[key!.id]: {...counts, family: key!.id, last}},
  });
  const listed = await call('list', 'post', '--json');
  expect(JSON.parse(listed.stdout)).toMatchObject([
    {name: 'shop', state: 'live', today: {requests: 7}, lastUse: last},
  ]);
  expect(listed.stdout).not.toContain('hash');
  const shown = (await call('list')).stdout;
  expect(shown).toContain('2.5/s (5 at once), 1,000 tokens a day');
  expect(shown).toContain('7 requests, 100 tokens');

  const turned = await call('rotate', 'shop', '--overlap', '30 min', '--json');
  expect(JSON.parse(turned.stdout)).toMatchObject({name: 'shop', family: key!.id, token: expect.any(String)});
  const states = async () =>
    (JSON.parse((await call('list', '--json')).stdout) as {state: string}[]).map(({state}) => state);
  expect(await states()).toEqual(['retiring', 'live']);
  expect((await call('revoke', 'shop')).stdout).toMatch(
    /^shop \([0-9a-f]{12}\), shop \(.*\) of post will get 401/,
  );
  expect(await states()).toEqual(['revoked', 'revoked']);
  const audit = await user.ratchet(['audit', 'list', '--json'], {from: folder});
  const acts = (JSON.parse(audit.stdout) as {kind: string; data: {act: string}}[]).map(
    ({kind, data}) => `${kind} ${data.act}`,
  );
  expect(acts).toEqual(['created', 'rotated', 'revoked', 'revoked'].map((act) => `gateway_key ${act}`));
  expect(audit.stdout).not.toContain(token);
});

test.each([
  [
    ['create', 'shop', '--scopes', 'chat,all'],
    /"all" is no scope: expected some of chat, feedback, read, admin/,
  ],
  [['create', 'shop', '--expires', '30'], /expected a duration with its unit/],
  [['create', 'shop', '--burst', '3'], /give --rate, too/],
  [['create', 'a b'], /"a b" is not a valid key name: expected up to 64 letters/],
  [['rotate', 'nobody'], /post has no key "nobody"/],
  [['revoke', 'nobody'], /post has no key "nobody"/],
])('%j is refused in one line', async (args, line) => {
  const {code, stdout, stderr} = await call(...args);
  expect({code, stdout}).toEqual({code: 2, stdout: ''});
  expect(stderr).toMatch(line);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});
