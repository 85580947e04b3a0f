import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {releaseDigest} from '../../../core/identity/release-digest.ts';
import {NamedModel, type ProjectConfig} from '../../../schemas/project.ts';
import type {ModelPart, Release, ReleaseV2} from '../../../schemas/release.ts';
import {
  events,
  json,
  silence,
  vendorServer,
  type Play,
  type VendorServer,
} from '../clients/providers/vendor-server.ts';
import {gatewayBed, until} from './gateway-bed.ts';
import type {TestGateway} from './running-gateway.ts';

const bed = gatewayBed();
const KEY = 'sk-0f-the-test-5ecret';
const MODELS: ProjectConfig['models'] = {
  writer: NamedModel.parse({
    provider: 'openai-compatible',
    model: 'writer-2',
    base_url_env: 'WRITER_URL',
    api_key_env: 'WRITER_KEY',
    timeout: '200 ms',
    prices: {input: 2, cached_input: 1, output: 10},
  }),
};
const WRITER: ModelPart = {kind: 'provider', vendor: 'openai-compatible', model: 'writer-2', snapshot: null};

let vendor: VendorServer | undefined;
let gateway: TestGateway;
const environment = {...process.env};

beforeEach(() => {
  delete process.env['WRITER_URL'];
  delete process.env['WRITER_KEY'];
});
afterEach(async () => {
  await vendor?.[Symbol.asyncDispose]();
  vendor = undefined;
  for (const name of ['WRITER_URL', 'WRITER_KEY'])
    if (environment[name] === undefined) delete process.env[name];
    else process.env[name] = environment[name];
});

/** A release whose tasks the vendor answers first; `fallback`: by the base model next. */
async function providerRelease({fallback = false} = {}): Promise<Release> {
  const {base, prompts, v: _v, adapter: _adapter, digest: _digest, ...same} = bed.base;
  const body: Omit<ReleaseV2, 'digest'> = {
    ...same,
    v: 2,
    models: {writer: WRITER, ...(fallback ? {base: {...base, adapter: null}} : {})},
    tasks: Object.fromEntries(
      Object.entries(prompts).map(([task, prompt]) => [
        task,
        {model: 'writer', prompt, fallback: fallback ? ['base'] : []},
      ]),
    ),
  };
  const release: Release = {...body, digest: releaseDigest(body)};
  await bed.store.stores.registry.putRelease(release);
  return release;
}

async function start(plays: readonly Play[], options: {readonly fallback?: boolean} = {}): Promise<Release> {
  vendor = await vendorServer(...plays);
  process.env['WRITER_URL'] = `${vendor.url}/v1`;
  process.env['WRITER_KEY'] = KEY;
  const release = await providerRelease(options);
  await bed.store.deploy(release);
  gateway = await bed.open({models: MODELS});
  return release;
}

const said = (content: string, usage: object = {prompt_tokens: 30, completion_tokens: 2, total_tokens: 32}) =>
  json({
    id: 'chatcmpl-9',
    object: 'chat.completion',
    created: 1,
    model: 'writer-2-0901',
    choices: [{index: 0, message: {role: 'assistant', content}, finish_reason: 'stop'}],
    usage,
  });
const piece = (delta: object, finish: string | null = null) => ({
  id: 'chatcmpl-9',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'writer-2',
  choices: [{index: 0, delta, finish_reason: finish}],
});
/** Without a wait for another attempt. */
const refuse = (status: number, code: string, headers: Readonly<Record<string, string>> = {}) =>
  json({error: {message: `no, ${KEY}`, type: code, code}}, status, {'x-should-retry': 'false', ...headers});

async function stream(): Promise<string> {
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({
      model: 'mail/subject',
      stream: true,
      messages: [{role: 'user', content: 'Subject: x\n\nShall we?'}],
    }),
  });
  return answer.text();
}

describe('a task that a vendor answers', () => {
  test('is asked as messages, without personal data, and answered by a label', async () => {
    const release = await start([said('ham')]);
    const {status, body} = await gateway.chat({});
    expect(status).toBe(200);
    expect(body).toMatchObject({
      model: 'mail/triage',
      system_fingerprint: `fp_${release.digest.slice(0, 12)}`,
      choices: [{message: {content: 'ham'}, finish_reason: 'stop'}],
      usage: {prompt_tokens: 30, completion_tokens: 2, total_tokens: 32},
    });
    const [{body: asked, headers}] = vendor!.received as [VendorServer['received'][number]];
    expect(headers.authorization).toBe(`Bearer ${KEY}`);
    expect(asked).toMatchObject({model: 'writer-2', temperature: 0, max_tokens: 32});
    expect(asked['messages']).toEqual([
      {role: 'user', content: expect.stringMatching(/^Subject: Lunch\nMessage: .*Ask <EMAIL_[0-9a-f]{8}>/)},
    ]);
    expect(bed.calls()).toEqual([]);
  });

  test('leaves a trace with the model that answered, at its price', async () => {
    await start([
      said('ham', {
        prompt_tokens: 1000,
        completion_tokens: 10,
        total_tokens: 1010,
        prompt_tokens_details: {cached_tokens: 400},
      }),
    ]);
    const {trace} = await gateway.chat({});
    await until(() => bed.traces()).toMatchObject([
      // 600 × 2 + 400 × 1 + 10 × 10 of a million.
      {id: trace, model: 'writer', output: 'ham', promptTokens: 1000, cost: 0.0017},
    ]);
  });

  test('streams its pieces', async () => {
    await start([
      events([
        piece({role: 'assistant', content: 'Tea'}),
        piece({content: ' at four'}),
        piece({}, 'stop'),
        '[DONE]',
      ]),
    ]);
    const text = await stream();
    expect(text).toContain('"content":"Tea');
    expect(text).toContain('data: [DONE]');
    await until(async () => (await bed.traces()).map(({output}) => output)).toEqual(['Tea at four']);
  });

  test('needs no engine to be ready', async () => {
    await start([said('ham')]);
    await Promise.all(bed.engines.map((engine) => engine.kill()));
    expect(await gateway.health()).toMatchObject({status: 'ok'});
  });
});

describe('a vendor that does not answer', () => {
  test.each([
    ['fails', [refuse(500, 'server_error')], 'provider_unavailable'],
    ['takes no more now', [refuse(429, 'rate_limit_exceeded', {'retry-after': '30'})], 'provider_busy'],
    ['refuses the key', [refuse(401, 'invalid_api_key')], 'provider_refused'],
    ['has the model no more', [refuse(404, 'model_not_found')], 'provider_refused'],
    ['hangs', [silence], 'provider_unavailable'],
    ['cuts the stream before its first piece', [events([], 'cut')], 'provider_unavailable'],
  ] as const)('%s: the fallback answers, and it is said', async (_how, plays, code) => {
    await start(plays, {fallback: true});
    const {status, body} = await gateway.chat({});
    expect([status, body.choices[0]!.message.content]).toEqual([200, 'ham']);
    await until(() => bed.traces()).toMatchObject([{model: 'base', status: 200}]);
    expect(gateway.said).toContain(`triage: writer does not answer (${code}): base is asked`);
    expect(await gateway.metrics()).toContain(
      'ratchet_fallbacks_total{task="triage",from="writer",to="base"} 1',
    );
    expect(gateway.said.join()).not.toContain(KEY);
  });

  test('says when to come back, where there is no fallback', async () => {
    await start([refuse(429, 'rate_limit_exceeded', {'retry-after': '30'})]);
    const {status, headers, body} = await gateway.chat({});
    expect([status, headers.get('retry-after'), body.error!.code]).toEqual([503, '30', 'provider_busy']);
    await until(() => bed.traces()).toMatchObject([{status: 503, error: 'provider_busy', output: ''}]);
  });

  test('tells the operator which key, and the user nothing of it', async () => {
    await start([refuse(401, 'invalid_api_key')]);
    const {status, body} = await gateway.chat({});
    expect([status, body.error!.code]).toEqual([502, 'provider_refused']);
    expect(JSON.stringify(body)).not.toMatch(/WRITER_KEY|sk-/);
    expect(gateway.said.join('\n')).toMatch(/^writer \(openai-compatible writer-2.*WRITER_KEY/m);
    expect(gateway.said.join('\n')).not.toContain(KEY);
  });

  test('in the middle of a stream, the error is honest and nobody else goes on', async () => {
    await start([events([piece({role: 'assistant', content: `Tea ${'and more '.repeat(80)}`})], 'cut')], {
      fallback: true,
    });
    const text = await stream();
    expect(text).toContain('"content":"Tea');
    expect(text).toContain('"code":"provider_broke_off"');
    expect(bed.calls()).toEqual([]);
  });

  test('is not asked again for what it cannot take', async () => {
    await start([refuse(400, 'context_length_exceeded')], {fallback: true});
    const {status, body} = await gateway.chat({});
    expect([status, body.error!.code]).toEqual([400, 'prompt_refused']);
    expect(vendor!.received).toHaveLength(1);
    expect(bed.calls()).toEqual([]);
  });
});

test('a release whose key is missing is not served, and the former one goes on', async () => {
  gateway = await bed.start({models: MODELS});
  await bed.store.deploy(await providerRelease());
  await until(async () => (await gateway.health()).refused).toMatch(
    /release [0-9a-f]{12}: models\.writer: WRITER_URL is not set/,
  );
  expect((await gateway.chat({})).status).toBe(200);
});
