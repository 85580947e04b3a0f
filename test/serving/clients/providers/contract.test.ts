import {LLMock, type FixtureMatch} from '@copilotkit/aimock';
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest';
import type {ChatAsk} from '../../../../serving/clients/providers/chat-model.ts';
import {
  BrokeOffError,
  ModelNotServedError,
  QuotaExhaustedError,
  RateLimitedError,
  UnreadableAnswerError,
  VendorUnavailableError,
} from '../../../../serving/clients/providers/failures.ts';
import {PIXEL, SCHEMA, WEATHER} from './asks.ts';
import {allOf, open, together, type OpenedOptions} from './open-for-test.ts';

/**
 * Every vendor the same, against servers that others wrote: who plays them here knows the vendors' formats by records of the real
 * ones, not by our reading of the docs.
 */
const VENDORS = ['openai', 'openai-compatible', 'anthropic', 'google'] as const;
const mock = new LLMock({port: 0});

beforeAll(() => mock.start());
afterAll(() => mock.stop());
beforeEach(() => mock.reset());

const asking = (content: ChatAsk['messages'][number]['content'], more: Partial<ChatAsk> = {}): ChatAsk => ({
  messages: [
    {role: 'system', content: 'Be brief.'},
    {role: 'user', content: content as string},
  ],
  max_completion_tokens: 100,
  ...more,
});

describe.each(VENDORS)('%s', (vendor) => {
  const opened = (options: OpenedOptions = {}) => open(vendor, mock.url, options);
  /** In the vendor's own words. */
  const usage =
    vendor === 'anthropic'
      ? {input_tokens: 11, output_tokens: 7}
      : vendor === 'google'
        ? {promptTokenCount: 11, candidatesTokenCount: 7}
        : {prompt_tokens: 11, completion_tokens: 7};
  const told = {prompt_tokens: 11, completion_tokens: 7, total_tokens: 18};

  test('text, with its usage, in one piece and in many', async () => {
    const text = 'The quick brown fox jumps over the lazy dog. '.repeat(5);
    mock.onMessage('fox', {content: text, usage}, {chunkSize: 7});
    await using one = opened();
    const {completion} = await one.model.complete(asking('a fox'));
    expect(completion.choices[0]).toMatchObject({message: {content: text}, finish_reason: 'stop'});
    expect(completion.usage).toMatchObject(told);
    const pieces = await allOf(one.model.stream(asking('a fox')));
    expect(pieces.length).toBeGreaterThan(10);
    expect(together(pieces)).toMatchObject({text, finish: ['stop'], usage: told});
  });

  test('the call of a tool, then its result', async () => {
    const match: FixtureMatch = {userMessage: 'weather', hasToolResult: false};
    mock.on(match, {toolCalls: [{name: 'weather', arguments: '{"city":"Bern"}', id: 'call_9'}]});
    mock.on({userMessage: 'weather', hasToolResult: true}, {content: 'Rain in Bern.'});
    await using one = opened();
    const ask = asking('the weather', {tools: [WEATHER]});
    const {completion} = await one.model.complete(ask);
    const {message, finish_reason: finish} = completion.choices[0]!;
    expect(finish).toBe('tool_calls');
    const [call] = message.tool_calls!;
    expect(call).toMatchObject({type: 'function', function: {name: 'weather', arguments: '{"city":"Bern"}'}});
    const next = await one.model.complete({
      ...ask,
      messages: [...ask.messages, message, {role: 'tool', tool_call_id: call!.id, content: 'rain'}],
    });
    expect(next.completion.choices[0]!.message.content).toBe('Rain in Bern.');
  });

  test('calls of several tools at once, in one piece and in many', async () => {
    const toolCalls = [
      {name: 'weather', arguments: '{"city":"Bern"}'},
      {name: 'weather', arguments: '{"city":"Ulm"}'},
    ];
    mock.onMessage('both', {content: 'Both.', toolCalls}, {chunkSize: 4});
    await using one = opened();
    const ask = asking('both', {tools: [WEATHER]});
    const {completion} = await one.model.complete(ask);
    const {message} = completion.choices[0]!;
    expect(message.content).toBe('Both.');
    expect(message.tool_calls).toMatchObject(toolCalls.map((call) => ({function: call})));
    const streamed = together(await allOf(one.model.stream(ask)));
    expect(streamed).toMatchObject({text: 'Both.', calls: toolCalls, finish: ['tool_calls']});
    expect(new Set(streamed.calls.map(({id}) => id)).size).toBe(2);
  });

  test('JSON by a schema', async () => {
    mock.onMessage('label', {content: {label: 'spam'}});
    await using one = opened();
    const format = {
      type: 'json_schema' as const,
      json_schema: {name: 'answer', schema: SCHEMA, strict: true},
    };
    const {completion} = await one.model.complete(asking('label it', {response_format: format}));
    expect(JSON.parse(completion.choices[0]!.message.content!)).toEqual({label: 'spam'});
  });

  test('an image', async () => {
    mock.onMessage('what is it', {content: 'A pixel.'});
    await using one = opened();
    const {completion} = await one.model.complete(
      asking([
        {type: 'text', text: 'what is it'},
        {type: 'image_url', image_url: {url: `data:image/png;base64,${PIXEL}`}},
      ] as never),
    );
    expect(completion.choices[0]!.message.content).toBe('A pixel.');
  });

  test('429 with a wait that is waited for, and then it answers', async () => {
    mock.onMessage('hi', {content: 'Hi'});
    mock.nextRequestError(429, {message: 'slow down', type: 'rate_limit_error'});
    await using one = opened();
    expect((await one.model.complete(asking('hi'))).completion.choices[0]!.message.content).toBe('Hi');
    expect(one.waits).toEqual([1000]);
  });

  test('429 with a wait that is too long, and in a stream', async () => {
    const error = {message: 'slow down', type: 'rate_limit_error'};
    mock.onMessage('hi', {error, status: 429, retryAfter: 30});
    await using one = opened();
    const limited = {name: 'RateLimited', retryAfterMs: 30_000};
    await expect(one.model.complete(asking('hi'))).rejects.toMatchObject(limited);
    await expect(allOf(one.model.stream(asking('hi')))).rejects.toBeInstanceOf(RateLimitedError);
    expect(mock.getRequests()).toHaveLength(2);
  });

  test('500 three times', async () => {
    mock.onMessage('hi', {error: {message: 'oh', type: 'server_error'}, status: 500});
    await using one = opened();
    await expect(one.model.complete(asking('hi'))).rejects.toBeInstanceOf(VendorUnavailableError);
    expect(mock.getRequests()).toHaveLength(3);
    expect(one.waits).toEqual([250, 500]);
  });

  test('a key that has expired, a model that is gone, a quota that is used up', async () => {
    const fails = (status: number, code: string) =>
      mock.onMessage(code, {error: {message: 'no', type: code, code}, status});
    fails(401, 'authentication_error');
    fails(404, 'model_not_found');
    fails(402, 'billing_error');
    await using one = opened();
    const ask = (text: string) => one.model.complete(asking(text));
    await expect(ask('authentication_error')).rejects.toMatchObject({name: 'AccessDenied'});
    await expect(ask('model_not_found')).rejects.toBeInstanceOf(ModelNotServedError);
    await expect(ask('billing_error')).rejects.toBeInstanceOf(QuotaExhaustedError);
    expect(mock.getRequests()).toHaveLength(3);
  });

  test('a stream that is cut', async () => {
    const content = 'The quick brown fox jumps over the lazy dog.';
    // A pause after each piece: else the cut takes those that are still on their way along.
    mock.onMessage('fox', {content}, {chunkSize: 4, truncateAfterChunks: 4, latency: 2});
    await using one = opened();
    await expect(allOf(one.model.stream(asking('fox')))).rejects.toBeInstanceOf(BrokeOffError);
    expect(mock.getRequests()).toHaveLength(1);
  });

  test('what is no JSON, and a connection that breaks', async () => {
    mock.onMessage('bad', {content: 'x'}, {chaos: {malformedRate: 1}});
    mock.onMessage('gone', {content: 'x'}, {chaos: {disconnectRate: 1}});
    await using one = opened({attempts: 1});
    await expect(one.model.complete(asking('bad'))).rejects.toBeInstanceOf(UnreadableAnswerError);
    await expect(one.model.complete(asking('gone'))).rejects.toBeInstanceOf(VendorUnavailableError);
  });
});
