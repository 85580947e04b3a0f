import OpenAI from 'openai';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {ReleaseV1} from '../../../schemas/release.ts';
import type {Feedback} from '../../../schemas/trace.ts';
import {startEngine, type EngineProcess} from '../engine/engine-process.ts';
import {projectStore, PROJECT, type ProjectStore} from '../project-store.ts';
import {startGatewayProcess, type GatewayProcess} from './gateway-process.ts';
import {traces} from './running-gateway.ts';

const MAIL =
  'From: a@b.example\nSubject: You have won\n\nClick here to claim your prize. It is free, it is yours, and it ends today.';
const FOREVER = {from: 0, to: Number.MAX_SAFE_INTEGER};

let store: ProjectStore;
let engines: EngineProcess[];
let base: ReleaseV1;
let tuned: ReleaseV1;
let gateway: GatewayProcess;
let client: OpenAI;
beforeAll(async () => {
  store = await projectStore();
  engines = await Promise.all([1, 2].map(() => startEngine('--context', '512')));
  base = await store.release();
  // So large a change that the answer is another one.
  tuned = await store.release({adapter: await store.adapter({seed: 1, layers: 30, scale: 0.5})});
  await store.deploy(base);
  await start();
});
afterAll(async () => {
  await gateway.end('SIGTERM');
  await Promise.all(engines.map((engine) => engine.stop()));
  await store.remove();
});

async function start(...args: string[]): Promise<void> {
  gateway = await startGatewayProcess(
    store,
    engines.map(({url}) => url),
    '--flush-ms',
    '3600000',
    ...args,
  );
  client = new OpenAI({baseURL: `${gateway.url}/v1`, apiKey: 'anyone', maxRetries: 0});
}
const ask = (more: object = {}) =>
  client.chat.completions.create({model: 'mail/triage', messages: [{role: 'user', content: MAIL}], ...more});
async function feedback(body: object): Promise<number> {
  const answer = await fetch(`${gateway.url}/feedback`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify(body),
  });
  return answer.status;
}
async function stored(): Promise<Feedback[]> {
  const found: Feedback[] = [];
  for await (const one of store.stores.traces.readFeedback(PROJECT, FOREVER)) found.push(one);
  return found;
}

test('the official client gets a label, a stream, the models, and errors it knows', async () => {
  const {data, response} = await client.chat.completions
    .create({model: 'mail/triage', messages: [{role: 'user', content: MAIL}], user: 'u1'})
    .withResponse();
  expect(['spam', 'ham']).toContain(data.choices[0]!.message.content);
  expect(data.usage!.completion_tokens).toBe(1);
  expect(data.id).toBe(`chatcmpl-${response.headers.get('x-ratchet-trace')}`);

  const whole = await client.chat.completions.create({
    model: 'mail/subject',
    messages: [{role: 'user', content: MAIL}],
  });
  const stream = client.chat.completions.stream({
    model: 'mail/subject',
    messages: [{role: 'user', content: MAIL}],
    stream_options: {include_usage: true},
  });
  expect((await stream.finalChatCompletion()).choices[0]!.message.content ?? '').toBe(
    whole.choices[0]!.message.content,
  );
  expect(await stream.totalUsage()).toMatchObject(whole.usage!);

  const models: string[] = [];
  for await (const model of client.models.list()) models.push(model.id);
  expect(models.sort()).toEqual(['mail/subject', 'mail/triage']);
  await expect(ask({model: 'mail/nothing'})).rejects.toThrow(OpenAI.NotFoundError);
  await expect(ask({n: 3})).rejects.toThrow(OpenAI.BadRequestError);
});

test('a canary with an adapter answers its users by the adapter, in the same engines', async () => {
  await store.deploy(base, {canary: [tuned, 50]});
  const fingerprint = (release: ReleaseV1) => `fp_${release.digest.slice(0, 12)}`;
  await expect
    .poll(
      async () => {
        const seen = new Set<string>();
        for (let i = 0; i < 8; i++) seen.add((await ask({user: `u${i}`})).system_fingerprint!);
        return seen;
      },
      {timeout: 50_000},
    )
    .toEqual(new Set([fingerprint(base), fingerprint(tuned)]));
  const name = `mail@${tuned.adapter!.digest.slice(0, 12)}`;
  for (const engine of engines)
    expect((await engine.get('/v1/models')).data.map(({id}) => id)).toContain(name);
  // Another release, other weights: the same prompt is answered in other words.
  const say = async (model: string | undefined) =>
    (
      await engines[0]!.post('/v1/completions', {
        model,
        prompt: 'The capital of France is',
        max_tokens: 8,
        temperature: 0,
      })
    ).body.choices[0]!.text;
  expect(await say(name)).not.toBe(await say(undefined));
  await store.deploy(base);
});

test('an engine that is killed is passed over', async () => {
  const gone = engines.pop()!;
  gone.child.kill('SIGKILL');
  for (let i = 0; i < 3; i++) expect((await ask({user: `k${i}`})).choices).toHaveLength(1);
});

test('on SIGTERM everything pending is written; after kill -9 no acknowledged feedback is lost', async () => {
  const {id} = await ask({user: 'u1', metadata: {row: 'r1'}});
  const trace = id.replace('chatcmpl-', '');
  expect(await gateway.end('SIGTERM')).toBe(0);
  expect((await traces(store)).filter(({row}) => row === 'r1').map((one) => one.id)).toEqual([trace]);

  await start();
  const other = await ask({user: 'u2', metadata: {row: 'r2'}});
  expect(await feedback({trace: other.id, correction: 'ham'})).toBe(202);
  expect(await feedback({trace, rating: 1})).toBe(202);
  expect(await gateway.end('SIGKILL')).toBeNull();
  expect(await stored()).toEqual([]);

  await start('--flush-ms', '50');
  await expect.poll(async () => (await stored()).length, {timeout: 50_000}).toBe(2);
  expect((await stored()).map((one) => [one.trace, one.correction ?? one.rating])).toEqual([
    [other.id.replace('chatcmpl-', ''), 'ham'],
    [trace, 1],
  ]);
  // What the feedback is about came along, though its batch was lost with the process.
  expect((await traces(store)).map(({row}) => row)).toContain('r2');
});
