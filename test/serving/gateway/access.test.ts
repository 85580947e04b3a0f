import {randomBytes} from 'node:crypto';
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import OpenAI from 'openai';
import {describe, expect, test} from 'vitest';
import {traceId} from '../../../core/identity/trace-id.ts';
import type {Scope} from '../../../schemas/gateway-key.ts';
import {PROJECT} from '../project-store.ts';
import {bearer, gatewayBed, until} from './gateway-bed.ts';
import {MESSAGES, type TestGateway} from './running-gateway.ts';

const bed = gatewayBed();

const later = (ms: number) => new Date(Date.now() + ms).toISOString();

/** Every way into the gateway, with its status and code. */
async function knock(running: TestGateway, headers: Record<string, string>) {
  const calls: [string, string, string, unknown?][] = [
    ['chat', 'POST', '/v1/chat/completions', {model: 'mail/triage', messages: MESSAGES}],
    ['models', 'GET', '/v1/models'],
    ['feedback', 'POST', '/feedback', {trace: traceId(Date.now(), randomBytes(12)), rating: 1}],
    ['nowhere', 'GET', '/v1/load_lora_adapter'],
  ];
  const answers: Record<string, string> = {};
  for (const [name, method, path, body] of calls) {
    const answer = await fetch(running.url + path, {
      method,
      headers: {'content-type': 'application/json', ...headers},
      ...(body === undefined ? {} : {body: JSON.stringify(body)}),
    });
    const said = (await answer.json()) as {error?: {code: string}};
    answers[name] = `${answer.status}${said.error === undefined ? '' : ` ${said.error.code}`}`;
  }
  return answers;
}
const everywhere = (answer: string) => ({chat: answer, models: answer, feedback: answer, nowhere: answer});

describe('a project with a key lets in', () => {
  test('nobody without one, with another one, or with one that has ended', async () => {
    const expired = await bed.newKey({name: 'old', expires: later(-1000)});
    const revoked = await bed.newKey({name: 'revoked'});
    await bed.store.stores.gatewayKeys.revoke(PROJECT, 'revoked', 'test');
    const running = await bed.start();
    expect(await knock(running, {})).toEqual(everywhere('401 missing_api_key'));
    expect(await knock(running, {authorization: 'Basic x'})).toEqual(everywhere('401 missing_api_key'));
    expect(await knock(running, bearer('none'))).toEqual(everywhere('401 invalid_api_key'));
    expect(await knock(running, bearer(`rk_${'a'.repeat(43)}`))).toEqual(everywhere('401 invalid_api_key'));
    expect(await knock(running, bearer(expired.token))).toEqual(everywhere('401 expired_api_key'));
    expect(await knock(running, bearer(revoked.token))).toEqual(everywhere('401 revoked_api_key'));
    expect(bed.calls()).toEqual([]);
    await bed.stop();
    expect(await bed.traces()).toEqual([]);
    expect(await bed.feedback()).toEqual([]);
  });

  test('each to what its key is for, by any spelling of the path', async () => {
    const token = async (scope: Scope) => (await bed.newKey({name: scope, scopes: [scope]})).token;
    const [chat, feedback, read] = [await token('chat'), await token('feedback'), await token('read')];
    const running = await bed.start();
    const no = '403 insufficient_scope';
    const nowhere = '404 not_found';
    expect(await knock(running, bearer(chat))).toEqual({chat: '200', models: '200', feedback: no, nowhere});
    expect(await knock(running, bearer(feedback))).toEqual({chat: no, models: no, feedback: '202', nowhere});
    expect(await knock(running, bearer(read))).toEqual({chat: no, models: '200', feedback: no, nowhere});
    const asked = await fetch(`${running.url}/v1/chat/completion%73`, {
      method: 'POST',
      headers: {'content-type': 'application/json', ...bearer(feedback)},
      body: JSON.stringify({model: 'mail/triage', messages: MESSAGES}),
    });
    expect(asked.status).toBe(403);
    expect(asked.headers.get('www-authenticate')).toBe(
      'Bearer realm="ratchet", error="insufficient_scope", scope="chat"',
    );
    expect(bed.calls()).toHaveLength(1);
  });

  test('the official client with its key, and tells it what is wrong without', async () => {
    const {token, key} = await bed.newKey();
    const running = await bed.start();
    const client = (apiKey: string) => new OpenAI({baseURL: `${running.url}/v1`, apiKey, maxRetries: 0});
    const ask = (apiKey: string) =>
      client(apiKey).chat.completions.create({
        model: 'mail/triage',
        messages: [{role: 'user', content: 'Subject: x\n\nhello'}],
      });
    expect((await ask(token)).choices[0]!.message.content).toMatch(/^(sp|h)am$/);
    await expect(ask('sk-wrong')).rejects.toThrow(OpenAI.AuthenticationError);
    await bed.stop();
    expect((await bed.traces()).map((trace) => trace.key)).toEqual([key.id]);
  });

  test('a flooding client as often as its key says; then it is told when to come back', async () => {
    const {token} = await bed.newKey({rate: {perSecond: 0.001, burst: 2}});
    const other = await bed.newKey({name: 'other'});
    const running = await bed.start();
    const answers = await Promise.all(Array.from({length: 12}, () => running.chat({}, bearer(token))));
    const statuses = answers.map(({status}) => status).sort();
    expect(statuses).toEqual([200, 200, ...Array<number>(10).fill(429)]);
    for (const {status, headers, body} of answers.filter((answer) => answer.status === 429)) {
      expect({status, code: body.error!.code, type: body.error!.type}).toEqual({
        status: 429,
        code: 'rate_limit_exceeded',
        type: 'rate_limit_error',
      });
      const ms = Number(headers.get('retry-after-ms'));
      expect(ms).toBeGreaterThan(0);
      expect(ms).toBeLessThanOrEqual(1_000_000);
      expect([ms % 10, body.error!.message]).toEqual([0, expect.stringContaining(`try again in ${ms} ms`)]);
      expect(Number(headers.get('retry-after'))).toBe(Math.ceil(ms / 1000));
    }
    expect(bed.calls()).toHaveLength(2);
    expect((await running.chat({}, bearer(other.token))).status).toBe(200);
  });
});

describe('keys', () => {
  test('that are made, rotated and revoked hold within the polling interval; the token is in no object and no line', async () => {
    const running = await bed.start();
    expect((await running.chat({})).status).toBe(200);
    const first = await bed.newKey();
    const status = (token: string) => async () => (await running.chat({}, bearer(token))).status;
    await until(async () => (await running.chat({})).status).toBe(401);
    await until(status(first.token)).toBe(200);
    const keys = bed.store.stores.gatewayKeys;
    const second = await keys.rotate(PROJECT, 'app', {overlapMs: 3_600_000, by: 'test'});
    await until(status(second.token)).toBe(200);
    expect(await status(first.token)()).toBe(200);
    await keys.revoke(PROJECT, first.key.id, 'test');
    await until(status(first.token)).toBe(401);
    expect(await status(second.token)()).toBe(200);
    await keys.revoke(PROJECT, 'app', 'test');
    await until(status(second.token)).toBe(401);
    // The last one is gone, and nothing is open for it.
    expect((await running.chat({})).status).toBe(401);
    await bed.stop();
    const kept = await filesUnder(bed.store.folder);
    expect(kept.length).toBeGreaterThan(5);
    for (const {token} of [first, second])
      expect([...kept, ...running.said].filter((text) => text.includes(token))).toEqual([]);
  });

  test('that were read hold while they cannot be read; where none were, nobody is let in', async () => {
    const {token} = await bed.newKey();
    const running = await bed.start();
    await bed.store.stores.objects.put(`gateway-keys/${PROJECT}.json`, 'no keys');
    await until(async () => running.said.join()).toContain('keys cannot be read, the last ones hold');
    expect((await running.chat({}, bearer(token))).status).toBe(200);
    expect((await running.chat({})).status).toBe(401);
    const blind = await bed.open({state: join(bed.store.folder, 'blind')});
    expect(await knock(blind, {})).toEqual(everywhere('503 keys_unknown'));
    expect(await knock(blind, bearer(token))).toEqual(everywhere('503 keys_unknown'));
    expect((await fetch(`${blind.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${blind.url}/readyz`)).status).toBe(503);
  });

  test('that vanish from the store leave the gateway as it was', async () => {
    const {token} = await bed.newKey();
    const running = await bed.start();
    await bed.store.stores.objects.delete(`gateway-keys/${PROJECT}.json`);
    await until(async () => running.said.join()).toContain('are gone from the store');
    expect((await running.chat({})).status).toBe(401);
    expect((await running.chat({}, bearer(token))).status).toBe(200);
  });

  test('are needed beyond loopback even where there are none', async () => {
    const running = await bed.start({host: '0.0.0.0'});
    const here = {...running, url: running.url.replace('0.0.0.0', '127.0.0.1')};
    expect(running.said.join()).toContain('beyond loopback, and mail has no key');
    expect(await knock(here, {})).toEqual(everywhere('401 no_keys'));
    for (const path of ['/healthz', '/readyz']) expect((await fetch(here.url + path)).status).toBe(200);
    const {token} = await bed.newKey();
    await until(async () => (await knock(here, bearer(token))).chat).toBe('200');
  });
});

describe('a daily budget', () => {
  test('ends a key for the day, over all gateways and over a restart', async () => {
    const {token, key} = await bed.newKey({budget: {tokens: 28, cost: null}});
    // An answer of the fake engine is 14 tokens.
    const running = await bed.start();
    expect((await running.chat({}, bearer(token))).status).toBe(200);
    expect((await running.chat({}, bearer(token))).status).toBe(200);
    const over = await running.chat({}, bearer(token));
    expect([over.status, over.body.error?.code]).toEqual([429, 'insufficient_quota']);
    expect(Number(over.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(over.headers.get('retry-after'))).toBeLessThanOrEqual(86_400);
    await bed.stop();
    const again = await bed.start();
    expect((await again.chat({}, bearer(token))).status).toBe(429);
    // Another token of the same application has no budget of its own.
    const turned = await bed.store.stores.gatewayKeys.rotate(PROJECT, 'app', {overlapMs: 0, by: 'test'});
    await until(async () => (await again.chat({}, bearer(turned.token))).body.error?.code).toBe(
      'insufficient_quota',
    );
    const day = new Date().toISOString().slice(0, 10);
    const used = (await bed.store.stores.keyUsage.day(PROJECT, day)).get(key.id);
    expect(used).toMatchObject({requests: 2, refused: 1, promptTokens: 22, completionTokens: 6});
    expect(used!.last).not.toBeNull();
  });
});

test('a client cannot load or unload an adapter, whatever its key', async () => {
  const {token} = await bed.newKey({scopes: ['chat', 'feedback', 'read', 'admin']});
  const running = await bed.start();
  const loaded = () => bed.engines.map(({adapters}) => [...adapters]);
  const before = loaded();
  for (const path of ['/v1/load_lora_adapter', '/v1/unload_lora_adapter', '/v1/completions', '/tokenize'])
    for (const base of [running.url, running.adminUrl])
      for (const spelled of [
        path,
        `/${path}`,
        `/v1/models/..${path}`,
        `/v1/chat/completions/..%2f..${path}`,
      ]) {
        const answer = await fetch(base + spelled, {
          method: 'POST',
          headers: {'content-type': 'application/json', ...bearer(token)},
          body: JSON.stringify({lora_name: 'x', lora_path: '/tmp/x', prompt: 'x'}),
        });
        expect([spelled, answer.status]).toEqual([spelled, 404]);
      }
  expect(loaded()).toEqual(before);
  expect(bed.calls()).toEqual([]);
});

test('without a user each request of a key is drawn anew; a user sticks whatever key asks', async () => {
  const canary = await bed.shorter();
  await bed.store.deploy(bed.base, {canary: [canary, 50]});
  const [one, other] = [await bed.newKey(), await bed.newKey({name: 'other'})];
  const running = await bed.start();
  const answering = async (body: object, token: string) =>
    (await running.chat(body, bearer(token))).body.system_fingerprint;
  const drawn = new Set<string>();
  // All alike in 24 draws: once in 8 million.
  for (let i = 0; i < 24; i++) drawn.add(await answering({}, one.token));
  expect(drawn.size).toBe(2);
  const asUser = await answering({user: 'u1'}, one.token);
  for (const {token} of [one, other]) expect(await answering({user: 'u1'}, token)).toBe(asUser);
});

async function filesUnder(folder: string): Promise<string[]> {
  const found = await readdir(folder, {recursive: true, withFileTypes: true});
  return Promise.all(
    found.filter((one) => one.isFile()).map((one) => readFile(join(one.parentPath, one.name), 'latin1')),
  );
}
