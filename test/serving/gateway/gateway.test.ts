import {rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {pseudonym} from '../../../core/curation/pii/scrub.ts';
import {bucketOf} from '../../../serving/gateway/split.ts';
import type {Release} from '../../../schemas/release.ts';
import type {Feedback} from '../../../schemas/trace.ts';
import type {AnswerBody} from '../engine/engine-process.ts';
import {KEY, projectStore, PROJECT, type ProjectStore} from '../project-store.ts';
import {fakeEngine, type FakeEngine} from './fake-engine.ts';
import {testGateway, traces, type TestGateway} from './running-gateway.ts';

let store: ProjectStore;
let engines: FakeEngine[];
let gateway: TestGateway | null;
let base: Release;
beforeEach(async () => {
  store = await projectStore();
  engines = [await fakeEngine(), await fakeEngine()];
  gateway = null;
  base = await store.release();
});
afterEach(async () => {
  await gateway?.stop();
  await Promise.all(engines.map((engine) => engine.kill()));
  await store.remove();
});
/** The machine may be busy: what will come is waited for. */
const until = <T>(read: () => T) => expect.poll(read, {timeout: 40_000});
const calls = () => engines.flatMap((engine) => engine.calls);
async function feedbackGiven(): Promise<Feedback[]> {
  const given: Feedback[] = [];
  const always = {from: 0, to: Number.MAX_SAFE_INTEGER};
  for await (const one of store.stores.traces.readFeedback(PROJECT, always)) given.push(one);
  return given;
}
/** The gateway over the base release, or over what `deploy` deployed. */
async function start(more: Parameters<typeof testGateway>[2] = {}): Promise<TestGateway> {
  if ((await store.stores.pointers.read(PROJECT)) === null) await store.deploy(base);
  return (gateway = await testGateway(store, engines, more));
}

describe('an answer', () => {
  test('is a label, in OpenAI’s shape, with the id of its trace', async () => {
    const {status, body, trace} = await (await start()).chat({user: 'u1', metadata: {row: 'easy-ham-1/7'}});
    expect(status).toBe(200);
    expect(trace).toMatch(/^[0-9a-f]{32}$/);
    expect(Math.abs(Number.parseInt(trace!.slice(0, 8), 16) - Date.now() / 1000)).toBeLessThan(60);
    expect(body).toMatchObject({
      id: `chatcmpl-${trace}`,
      object: 'chat.completion',
      model: 'mail/triage',
      system_fingerprint: `fp_${base.digest.slice(0, 12)}`,
      choices: [{index: 0, message: {role: 'assistant', content: 'ham'}, finish_reason: 'stop'}],
      usage: {prompt_tokens: 11, completion_tokens: 3, total_tokens: 14},
    });
    expect(calls()).toEqual([
      {
        prompt: expect.stringMatching(
          /^Subject: Lunch\nMessage: Shall we have lunch on Monday\? Ask <EMAIL_[0-9a-f]{8}>\./,
        ),
        max_tokens: 32,
        temperature: 0,
        structured_outputs: {choice: [' ham', ' spam']},
      },
    ]);
  });

  test('is traced: scrubbed, with its release, its row and a keyed unit', async () => {
    const running = await start();
    const {trace} = await running.chat({user: 'anna@example.com', metadata: {row: 'easy-ham-1/7'}});
    await until(() => traces(store)).toHaveLength(1);
    const [written] = await traces(store);
    expect(written).toMatchObject({
      id: trace,
      project: 'mail',
      task: 'triage',
      release: base.digest,
      role: 'stable',
      shadowOf: null,
      row: 'easy-ham-1/7',
      fields: {subject: 'Lunch', body: expect.stringContaining('<EMAIL_')},
      output: 'ham',
      language: 'en',
      status: 200,
      error: null,
      promptTokens: 11,
      completionTokens: 3,
    });
    expect(written!.latencyMs.total).toBeGreaterThanOrEqual(written!.latencyMs.model);
    expect(written!.cost).toBeGreaterThan(0);
    expect(JSON.stringify(written)).not.toContain('example.com');
  });

  test('is traced by a row id free of personal data, as curation names its rows', async () => {
    const running = await start();
    await running.chat({metadata: {row: 'tickets/anna@example.com'}});
    await until(() => traces(store)).toHaveLength(1);
    const [written] = await traces(store);
    expect(written!.row).toBe(`tickets/${pseudonym('email', 'anna@example.com', KEY)}`);
  });

  test('of a generation is trimmed, scrubbed and as long as the release allows at most', async () => {
    const running = await start();
    for (const engine of engines) engine.answer = () => ' Lunch with carl@example.com\n';
    const {body} = await running.chat({model: 'mail/subject', max_tokens: 1000, temperature: 2});
    expect(body.choices[0]!.message.content).toMatch(/^Lunch with <EMAIL_[0-9a-f]{8}>$/);
    await running.chat({model: 'mail/subject', max_completion_tokens: 3});
    expect(calls().map(({max_tokens, temperature, stop}) => [max_tokens, temperature, stop])).toEqual([
      [16, 0, ['\n']],
      [3, 0, ['\n']],
    ]);
  });

  test('comes as a stream where asked for', async () => {
    const running = await start();
    for (const engine of engines) engine.pieces = [' Lunch', ' on', ' Monday'];
    const answer = await fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({
        model: 'mail/subject',
        stream: true,
        stream_options: {include_usage: true},
        messages: [{role: 'user', content: 'Subject: x\n\nShall we?'}],
      }),
    });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    const trace = answer.headers.get('x-ratchet-trace')!;
    const lines = (await answer.text()).trim().split('\n\n');
    expect(lines.pop()).toBe('data: [DONE]');
    const chunks = lines.map(
      (line) => JSON.parse(line.slice(6)) as AnswerBody & {id: string; object: string},
    );
    expect(
      chunks.every(({id, object}) => id === `chatcmpl-${trace}` && object === 'chat.completion.chunk'),
    ).toBe(true);
    expect(chunks.at(-1)).toMatchObject({choices: [], usage: {total_tokens: 14}});
    expect(chunks[0]!.choices[0]!.delta.role).toBe('assistant');
    expect(chunks.map((chunk) => String(chunk.choices[0]?.delta.content ?? '')).join('')).toBe(
      'Lunch on Monday',
    );
    expect(chunks.at(-2)!.choices[0]!.finish_reason).toBe('stop');
    await until(async () => (await traces(store)).map(({output}) => output)).toEqual(['Lunch on Monday']);
  });

  test('that breaks off in the middle of a stream ends with an error, and no other engine starts it anew', async () => {
    base = await store.release({guardrails: {...base.guardrails, scrubOutput: false}});
    const running = await start();
    for (const engine of engines) engine.pieces = [' Lunch', null];
    const answer = await fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({
        model: 'mail/subject',
        stream: true,
        messages: [{role: 'user', content: 'Hello there'}],
      }),
    });
    const text = await answer.text();
    expect(text).toContain('"content":"Lunch"');
    expect(text).toContain('"code":"engine_broke_off"');
    expect(text.trim().endsWith('data: [DONE]')).toBe(true);
    expect(calls()).toHaveLength(1);
    await until(async () => (await traces(store)).map(({status, error}) => [status, error])).toEqual([
      [502, 'engine_broke_off'],
    ]);
  });
});

describe('what cannot be answered', () => {
  test('a refused request leaves a trace without its content', async () => {
    base = await store.release({guardrails: {...base.guardrails, blockPatterns: ['forbidden']}});
    const {trace} = await (
      await start()
    ).chat({messages: [{role: 'user', content: 'Subject: hi\n\nforbidden fruit'}]});
    await until(() => traces(store)).toHaveLength(1);
    expect((await traces(store))[0]).toMatchObject({
      id: trace,
      status: 400,
      error: 'content_blocked',
      fields: {},
      output: '',
    });
  });

  test('before the first deployment everything is 503, and /healthz says why; then it answers', async () => {
    gateway = await testGateway(store, engines);
    const {status, body, headers} = await gateway.chat({});
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('1');
    expect(body.error).toMatchObject({type: 'server_error', code: 'no_deployment'});
    expect(await gateway.health()).toMatchObject({status: 'no deployment', deployment: null});
    await store.deploy(base);
    await until(async () => (await gateway!.chat({})).status).toBe(200);
    expect(await gateway.health()).toMatchObject({status: 'ok', deployment: {seq: 0, stable: base.digest}});
  });

  test('a path that is not there and what is not JSON', async () => {
    const running = await start();
    expect(await running.post('/v1/embeddings', {})).toMatchObject({
      status: 404,
      body: {error: {code: 'not_found'}},
    });
    const answer = await fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: '{"model"',
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: {type: 'invalid_request_error', code: 'invalid_request'},
    });
  });
});

describe('engines', () => {
  test('that are down are passed over, and come back', async () => {
    const running = await start();
    await engines[0]!.kill();
    for (let i = 0; i < 4; i++) expect((await running.chat({user: `u${i}`})).status).toBe(200);
    expect(engines[1]!.calls).toHaveLength(4);
    await engines[1]!.kill();
    const none = await running.chat({});
    expect(none.status).toBe(503);
    expect(none.headers.get('retry-after')).toBe('1');
    expect(none.body.error).toMatchObject({type: 'server_error', code: 'engine_unavailable'});
    await engines[0]!.listen();
    expect((await running.chat({})).status).toBe(200);
  });

  test('that are full are passed over; when all are, the client is told to come back', async () => {
    const running = await start();
    engines[0]!.status = 503;
    for (let i = 0; i < 3; i++) expect((await running.chat({})).status).toBe(200);
    engines[1]!.status = 429;
    expect((await running.chat({})).body.error).toMatchObject({code: 'engine_busy'});
  });

  test('that find the prompt too long refuse it once and for all', async () => {
    const running = await start();
    for (const engine of engines) engine.status = 400;
    expect((await running.chat({})).body.error).toMatchObject({
      code: 'prompt_refused',
      type: 'invalid_request_error',
    });
    expect(calls()).toHaveLength(1);
  });

  test('get an adapter before it has traffic, and again after they were started anew', async () => {
    const tuned = await store.release({adapter: await store.adapter({seed: 1, layers: 1})});
    const name = `mail@${tuned.adapter!.digest.slice(0, 12)}`;
    await store.deploy(tuned);
    const running = await start();
    expect(engines.map(({adapters}) => [...adapters])).toEqual([[name], [name]]);
    expect((await running.chat({})).status).toBe(200);
    for (const engine of engines) {
      await engine.kill();
      await engine.listen();
    }
    for (let i = 0; i < 4; i++) expect((await running.chat({})).status).toBe(200);
    expect(calls().every(({model}) => model === name)).toBe(true);
    expect(engines.map(({adapters}) => [...adapters])).toEqual([[name], [name]]);
  });
});

describe('a deployment', () => {
  test('splits by unit: the same user always gets the same release, in the given share', async () => {
    const canary = await store.release({
      prompts: {...base.prompts, triage: {...base.prompts.triage!, maxOutputTokens: 9}},
    });
    await store.deploy(base, {canary: [canary, 30]});
    const running = await start();
    const fingerprints = new Map<string, string>();
    for (let i = 0; i < 60; i++) {
      const user = `u${i % 30}`;
      const {body} = await running.chat({user});
      expect(fingerprints.get(user) ?? body.system_fingerprint).toBe(body.system_fingerprint);
      fingerprints.set(user, body.system_fingerprint);
      const inCanary = bucketOf(PROJECT, `user:${user}`) < 3000;
      expect(body.system_fingerprint).toBe(`fp_${(inCanary ? canary : base).digest.slice(0, 12)}`);
    }
    expect(new Set(fingerprints.values()).size).toBe(2);
    await until(async () => (await traces(store)).length).toBe(60);
    const roles = new Set((await traces(store)).map(({role, release}) => `${role} ${release}`));
    expect(roles).toEqual(new Set([`stable ${base.digest}`, `canary ${canary.digest}`]));
  });

  test('is followed within the polling interval; a rollback too', async () => {
    const other = await store.release({
      prompts: {...base.prompts, triage: {...base.prompts.triage!, maxOutputTokens: 9}},
    });
    const running = await start();
    const now = async () => (await running.chat({})).body.system_fingerprint;
    expect(await now()).toBe(`fp_${base.digest.slice(0, 12)}`);
    await store.deploy(other);
    await until(now).toBe(`fp_${other.digest.slice(0, 12)}`);
    await store.stores.pointers.rollback(PROJECT, base.digest, {by: 'test', why: 'back'});
    await until(now).toBe(`fp_${base.digest.slice(0, 12)}`);
  });

  test('whose adapter was exchanged is not served: the former one goes on, and /healthz says so', async () => {
    const running = await start();
    const adapter = await store.adapter({seed: 1, layers: 1});
    const tuned = await store.release({
      adapter: {...adapter, gguf: {...adapter.gguf, sha256: 'f'.repeat(64)}},
    });
    await store.deploy(tuned);
    await until(async () => (await running.health()).refused).toContain('deployment 1 is not served');
    expect((await running.health()).status).toBe('degraded');
    expect((await running.chat({})).body.system_fingerprint).toBe(`fp_${base.digest.slice(0, 12)}`);
    await store.deploy(base);
    await until(async () => (await running.health()).status).toBe('ok');
  });

  test('of another base model is not served', async () => {
    const foreign = await store.release({base: {...base.base, sha256: 'e'.repeat(64)}});
    await store.deploy(foreign);
    const running = await start();
    expect((await running.chat({})).status).toBe(503);
    expect((await running.health()).refused).toContain('its base model is eeeeeeeeeeee');
  });

  test('goes on while the store is away; traces and feedback wait for it', async () => {
    const running = await start();
    await running.chat({});
    await until(() => traces(store)).toHaveLength(1);
    const at = join(store.folder, 'store');
    await rename(at, `${at}-away`);
    // A file in its place: nothing can be read or written there.
    await writeFile(at, '');
    await until(async () => (await running.health()).status).toBe('degraded');
    expect(await running.health()).toMatchObject({store: {up: false}, deployment: {stable: base.digest}});
    const {status, trace} = await running.chat({});
    expect(status).toBe(200);
    expect((await running.post('/feedback', {trace, rating: 1})).status).toBe(202);
    const metrics = async () => (await fetch(`${running.url}/metrics`)).text();
    await until(metrics).toMatch(/ratchet_feedback_write_failures_total [1-9]/);
    expect(await metrics()).toContain('ratchet_store_up 0');
    await rm(at);
    await rename(`${at}-away`, at);
    await until(async () => (await running.health()).status).toBe('ok');
    await until(async () => (await traces(store)).map(({id}) => id)).toContain(trace);
    await until(async () => (await feedbackGiven()).map((one) => one.trace)).toEqual([trace]);
  });
});

describe('a shadow', () => {
  test('gets copies after the answer: traced, and never seen', async () => {
    const shadow = await store.release({
      prompts: {...base.prompts, triage: {...base.prompts.triage!, maxOutputTokens: 9}},
    });
    await store.deploy(base, {shadow: [shadow, 100]});
    const running = await start();
    for (const engine of engines) engine.answer = ({max_tokens}) => (max_tokens === 9 ? ' ham' : ' spam');
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push(await running.chat({user: 'u', metadata: {row: `r${i}`}}));
    expect(answers.map(({body}) => body.choices[0]!.message.content)).toEqual(['spam', 'spam', 'spam']);
    await until(async () => (await traces(store)).length).toBe(6);
    const all = await traces(store);
    const copies = all.filter(({role}) => role === 'shadow');
    expect(copies.map(({shadowOf}) => shadowOf).sort()).toEqual(answers.map(({trace}) => trace).sort());
    for (const copy of copies) {
      const original = all.find(({id}) => id === copy.shadowOf)!;
      expect(copy).toMatchObject({
        release: shadow.digest,
        output: 'ham',
        row: original.row,
        unit: original.unit,
      });
    }
  });

  test('waits while every engine is busy, and beyond its queue is dropped', async () => {
    const shadow = await store.release({
      prompts: {...base.prompts, triage: {...base.prompts.triage!, maxOutputTokens: 9}},
    });
    await store.deploy(base, {shadow: [shadow, 100]});
    const running = await start({shadowQueue: 1, shadowPatienceMs: 0});
    let free = () => {};
    const held = new Promise<void>((resolve) => (free = resolve));
    let holding = 0;
    for (const engine of engines)
      engine.answer = async ({prompt, max_tokens}) => {
        expect(holding < 2 || max_tokens !== 9).toBe(true);
        if (prompt.includes('hold')) {
          holding++;
          await held;
          holding--;
        }
        return ' spam';
      };
    const hold = [1, 2].map((i) =>
      running.chat({messages: [{role: 'user', content: `Subject: hold ${i}\n\nhold this one`}]}),
    );
    await until(() => holding).toBe(2);
    // Both engines are held, yet users are answered; their copies wait, and one of them finds no room.
    await running.chat({});
    await running.chat({});
    expect(calls().filter(({max_tokens}) => max_tokens === 9)).toEqual([]);
    expect(await (await fetch(`${running.url}/metrics`)).text()).toContain('ratchet_shadow_dropped_total 1');
    free();
    await Promise.all(hold);
    await until(() => calls().filter(({max_tokens}) => max_tokens === 9).length).toBeGreaterThan(0);
  });

  test('that is no shadow any more when its copies could start gets none of them', async () => {
    const shadow = await store.release({
      prompts: {...base.prompts, triage: {...base.prompts.triage!, maxOutputTokens: 9}},
    });
    await store.deploy(base, {shadow: [shadow, 100]});
    const running = await start({shadowPatienceMs: 0});
    let free = () => {};
    const held = new Promise<void>((resolve) => (free = resolve));
    let holding = 0;
    for (const engine of engines)
      engine.answer = async ({prompt}) => {
        if (prompt.includes('hold')) {
          holding++;
          await held;
        }
        return ' spam';
      };
    const hold = [1, 2].map((i) =>
      running.chat({messages: [{role: 'user', content: `Subject: hold ${i}\n\nhold this one`}]}),
    );
    await until(() => holding).toBe(2);
    await running.chat({});
    const metric = async (name: string) =>
      new RegExp(`^${name} (\\d+)`, 'm').exec(await (await fetch(`${running.url}/metrics`)).text())?.[1];
    expect(await metric('ratchet_shadow_waiting')).toBe('1');
    await store.deploy(base);
    await until(() => metric('ratchet_deployment_seq')).toBe('2');
    free();
    await Promise.all(hold);
    await until(() => metric('ratchet_shadow_dropped_total')).toBe('3');
    expect(calls().filter(({max_tokens}) => max_tokens === 9)).toEqual([]);
  });

  test('that fails shows in its own trace only', async () => {
    const shadow = await store.release({
      prompts: {...base.prompts, triage: {...base.prompts.triage!, maxOutputTokens: 9}},
    });
    await store.deploy(base, {shadow: [shadow, 100]});
    const running = await start();
    for (const engine of engines)
      engine.answer = ({max_tokens}) => (max_tokens === 9 ? ' nonsense' : ' spam');
    expect((await running.chat({})).status).toBe(200);
    await until(async () =>
      (await traces(store)).map(({role, status}) => `${role} ${status}`).sort(),
    ).toEqual(['shadow 502', 'stable 200']);
  });
});

describe('feedback', () => {
  test('is taken with 202 and stored, scrubbed, with the trace it is about', async () => {
    const running = await start({flushMs: 60_000});
    const {trace} = await running.chat({});
    const answer = await running.post('/feedback', {
      trace: `chatcmpl-${trace}`,
      correction: 'ask dora@example.com',
      rating: -1,
    });
    expect(answer).toMatchObject({status: 202, body: {trace}});
    await running.stop();
    gateway = null;
    const given = await feedbackGiven();
    expect(given).toMatchObject([{id: answer.body.id as string, trace, rating: -1, project: 'mail'}]);
    expect(given[0]!.correction).toMatch(/^ask <EMAIL_[0-9a-f]{8}>$/);
    expect((await traces(store)).map(({id}) => id)).toEqual([trace]);
  });
});

test('/v1/models lists the tasks', async () => {
  const {url} = await start();
  const {data} = (await (await fetch(`${url}/v1/models`)).json()) as {data: {id: string}[]};
  expect(data.map(({id}) => id).sort()).toEqual(['mail/subject', 'mail/triage']);
});

test('a conversation passes through in the model’s chat template, control tokens in it as text', async () => {
  const chat = await store.release({
    prompts: {
      talk: {
        v: 1,
        task: 'talk',
        kind: 'chat',
        template: '{{text}}',
        format: 'chat',
        system: 'Be brief.',
        inputs: ['text'],
        trim: 'text',
        maxInputTokens: 64,
        maxOutputTokens: 8,
        temperature: 0,
        stop: [],
      },
    },
    transform: {...base.transform, format: 'chat', fields: []},
  });
  await store.deploy(chat);
  const running = await start();
  const {status} = await running.chat({
    model: 'mail/talk',
    messages: [
      {role: 'user', content: 'Hello, I am eve@example.com'},
      {role: 'assistant', content: 'Hi.'},
      {role: 'user', content: [{type: 'text', text: 'Who am I? <|im_end|>'}]},
    ],
  });
  expect(status).toBe(200);
  const {prompt} = calls()[0]!;
  expect(prompt).toMatch(
    /^<\|im_start\|>system\nBe brief\.<\|im_end\|>\n<\|im_start\|>user\nHello, I am <EMAIL_[0-9a-f]{8}><\|im_end\|>\n<\|im_start\|>assistant\nHi\.<\|im_end\|>\n<\|im_start\|>user\nWho am I\? /,
  );
  expect(prompt.match(/<\|im_end\|>/g)).toHaveLength(4);
  await until(() => traces(store)).toHaveLength(1);
  expect((await traces(store))[0]!.fields).toEqual({message: 'Who am I? <|im_end|>'});
});
