import {expect, test} from 'vitest';
import type {ChatAsk} from '../../../../../serving/clients/providers/chat-model.ts';
import {CONVERSATION, HELLO, SCHEMA, WEATHER} from '../asks.ts';
import {allOf, KEY, open} from '../open-for-test.ts';
import {events, json, vendorServer} from '../vendor-server.ts';

/** https://platform.openai.com/docs/api-reference/chat/object, with every field that is told. */
const COMPLETION = {
  id: 'chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT',
  object: 'chat.completion',
  created: 1741569952,
  model: 'gpt-5.2-mini-2026-03-01',
  choices: [
    {
      index: 0,
      message: {role: 'assistant', content: 'Hi', refusal: null, annotations: []},
      logprobs: {
        content: [{token: 'Hi', logprob: -0.1, bytes: [72, 105], top_logprobs: []}],
        refusal: null,
      },
      finish_reason: 'stop',
    },
  ],
  usage: {
    prompt_tokens: 19,
    completion_tokens: 10,
    total_tokens: 29,
    prompt_tokens_details: {cached_tokens: 5, audio_tokens: 0},
    completion_tokens_details: {reasoning_tokens: 3, audio_tokens: 0},
  },
  service_tier: 'default',
  system_fingerprint: 'fp_1',
};

const EVERYTHING: ChatAsk = {
  ...CONVERSATION,
  tools: [{...WEATHER, function: {...WEATHER.function, strict: true}}],
  parallel_tool_calls: false,
  response_format: {type: 'json_schema', json_schema: {name: 'answer', schema: SCHEMA, strict: true}},
  seed: 7,
  n: 2,
  logprobs: true,
  top_logprobs: 5,
  reasoning_effort: 'low',
  presence_penalty: 0.5,
  frequency_penalty: 0.5,
  safety_identifier: 'user-1',
};

test('openai: a request is passed on as it is, and so is the answer', async () => {
  await using server = await vendorServer(json(COMPLETION));
  await using opened = open('openai', server.url);
  const {completion, latencyMs} = await opened.model.complete(EVERYTHING);
  expect(completion).toEqual(COMPLETION);
  expect(latencyMs).toBeGreaterThan(0);
  expect(server.received).toHaveLength(1);
  const [{path, headers, body}] = server.received as [(typeof server.received)[0]];
  expect(path).toBe('/v1/chat/completions');
  expect(headers.authorization).toBe(`Bearer ${KEY}`);
  expect(body).toEqual({...EVERYTHING, model: 'gpt-5.2-mini', stream: false});
});

test('openai: the account’s organisation is told', async () => {
  await using server = await vendorServer(json(COMPLETION));
  await using opened = open('openai', server.url, {organization: 'org-1'});
  await opened.model.complete(HELLO);
  expect(server.received[0]!.headers['openai-organization']).toBe('org-1');
});

test('openai: a stream is passed on chunk by chunk, the usage last', async () => {
  const chunk = (delta: object, finish: string | null = null) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'gpt-5.2-mini',
    choices: [{index: 0, delta, logprobs: null, finish_reason: finish}],
    usage: null,
  });
  const usage = {...chunk({}), choices: [], usage: COMPLETION.usage};
  const all = [chunk({role: 'assistant', content: ''}), chunk({content: 'Hi'}), chunk({}, 'stop'), usage];
  await using server = await vendorServer(events([...all, '[DONE]']));
  await using opened = open('openai', server.url);
  expect(await allOf(opened.model.stream(HELLO))).toEqual(all);
  expect(server.received[0]!.body).toEqual({
    ...HELLO,
    model: 'gpt-5.2-mini',
    stream: true,
    stream_options: {include_usage: true},
  });
});

test('openai-compatible: what other servers know by an older name is sent by that', async () => {
  await using server = await vendorServer(json(COMPLETION));
  await using opened = open('openai-compatible', server.url);
  await opened.model.complete({
    messages: [
      {role: 'developer', content: 'Be brief.'},
      {role: 'user', content: 'hello'},
    ],
    max_completion_tokens: 5,
    seed: 1,
  });
  expect(server.received[0]!.body).toEqual({
    model: 'qwen3',
    messages: [
      {role: 'system', content: 'Be brief.'},
      {role: 'user', content: 'hello'},
    ],
    max_tokens: 5,
    seed: 1,
    stream: false,
  });
});

test('a tool call’s arguments that are no JSON are passed on as they are', async () => {
  const call = {id: 'c', type: 'function', function: {name: 'weather', arguments: '{"city": '}};
  const message = {role: 'assistant', content: null, refusal: null, tool_calls: [call]};
  await using server = await vendorServer(
    json({...COMPLETION, choices: [{index: 0, message, logprobs: null, finish_reason: 'tool_calls'}]}),
  );
  await using opened = open('openai', server.url);
  const {completion} = await opened.model.complete({...HELLO, tools: [WEATHER]});
  expect(completion.choices[0]!.message.tool_calls).toEqual([call]);
});

test('embeddings, in the texts’ order', async () => {
  const data = [0, 1].map((index) => ({object: 'embedding', index, embedding: [index, 0.5]}));
  const answer = {object: 'list', model: 'e', data, usage: {prompt_tokens: 4, total_tokens: 4}};
  await using server = await vendorServer(json(answer));
  await using opened = open('openai', server.url, {model: 'text-embedding-3-small'});
  const {response} = await opened.model.embed({input: ['a', 'b'], dimensions: 2});
  expect(response).toEqual(answer);
  expect(server.received[0]).toMatchObject({
    path: '/v1/embeddings',
    body: {model: 'text-embedding-3-small', input: ['a', 'b'], dimensions: 2},
  });
});

test('an error that a proxy sends with status 200 is an error', async () => {
  const error = {error: {message: 'no such model', code: 404}};
  await using server = await vendorServer(json(error));
  await using opened = open('openai-compatible', server.url);
  await expect(opened.model.complete(HELLO)).rejects.toMatchObject({
    name: 'Unavailable',
    model: 'qwen3',
  });
  expect(server.received).toHaveLength(1);
});
