import {describe, expect, test} from 'vitest';
import {CONVERSATION, HELLO, PIXEL, SCHEMA, WEATHER} from '../asks.ts';
import {allOf, KEY, open, together} from '../open-for-test.ts';
import {events, json, vendorServer} from '../vendor-server.ts';

const USAGE = {
  input_tokens: 10,
  cache_creation_input_tokens: 20,
  cache_read_input_tokens: 30,
  output_tokens: 40,
  output_tokens_details: {thinking_tokens: 15},
};
const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-haiku-5-5',
  content: [{type: 'text', text: 'Hi', citations: null}],
  stop_reason: 'end_turn',
  stop_sequence: null,
  stop_details: null,
  usage: USAGE,
};

/** The body that is sent for a request. */
async function sent(ask: Parameters<ReturnType<typeof open>['model']['complete']>[0]) {
  await using server = await vendorServer(json(MESSAGE));
  await using opened = open('anthropic', server.url);
  await opened.model.complete(ask);
  return server.received[0]!;
}

describe('what is sent', () => {
  test('a conversation with images, calls of several tools at once and their results', async () => {
    const {path, headers, body} = await sent(CONVERSATION);
    expect(path).toBe('/v1/messages');
    expect(headers.authorization).toBe(`Bearer ${KEY}`);
    expect(body).toEqual({
      model: 'claude-haiku-5-5',
      max_tokens: 200,
      system: 'Be brief.\n\nAnswer in English.',
      messages: [
        {
          role: 'user',
          content: [
            {type: 'text', text: 'Which cities are these, and how is their weather?'},
            {type: 'image', source: {type: 'base64', media_type: 'image/png', data: PIXEL}},
            {type: 'image', source: {type: 'url', url: 'https://example.com/b.jpg'}},
          ],
        },
        {
          role: 'assistant',
          content: [
            {type: 'text', text: 'I look it up.'},
            {type: 'tool_use', id: 'call_1', name: 'weather', input: {city: 'Bern'}},
            {type: 'tool_use', id: 'call_2', name: 'weather', input: {city: 'Ulm'}},
          ],
        },
        {
          role: 'user',
          content: [
            {type: 'tool_result', tool_use_id: 'call_1', content: 'rain'},
            {type: 'tool_result', tool_use_id: 'call_2', content: [{type: 'text', text: 'sun'}]},
          ],
        },
      ],
      temperature: 0.5,
      top_p: 0.9,
      stop_sequences: ['END'],
      tools: [
        {
          name: 'weather',
          description: 'The weather of a city',
          input_schema: WEATHER.function.parameters,
        },
      ],
      tool_choice: {type: 'auto'},
    });
  });

  test.each([
    ['required' as const, undefined, {type: 'any'}],
    ['none' as const, undefined, {type: 'none'}],
    [{type: 'function' as const, function: {name: 'weather'}}, undefined, {type: 'tool', name: 'weather'}],
    ['auto' as const, false, {type: 'auto', disable_parallel_tool_use: true}],
    [undefined, false, {type: 'auto', disable_parallel_tool_use: true}],
    [undefined, true, undefined],
  ])('tool_choice %o with parallel_tool_calls %o', async (choice, parallel, expected) => {
    const {body} = await sent({
      ...HELLO,
      tools: [{...WEATHER, function: {...WEATHER.function, strict: true}}],
      ...(choice === undefined ? {} : {tool_choice: choice}),
      ...(parallel === undefined ? {} : {parallel_tool_calls: parallel}),
    });
    expect(body['tool_choice']).toEqual(expected);
    expect(body['tools']).toMatchObject([{name: 'weather', strict: true}]);
  });

  test('a schema as its structured outputs, the user, and how much it thinks', async () => {
    const {body} = await sent({
      ...HELLO,
      response_format: {type: 'json_schema', json_schema: {name: 'x', schema: SCHEMA, strict: true}},
      reasoning_effort: 'high',
      user: 'user-1',
    });
    expect(body).toMatchObject({
      output_config: {effort: 'high', format: {type: 'json_schema', schema: SCHEMA}},
      thinking: {type: 'adaptive'},
      metadata: {user_id: 'user-1'},
    });
    expect((await sent({...HELLO, reasoning_effort: 'none'})).body).toMatchObject({
      thinking: {type: 'disabled'},
    });
  });

  test('not without max_completion_tokens', async () => {
    await using opened = open('anthropic', 'http://127.0.0.1:1');
    await expect(opened.model.complete({messages: HELLO.messages})).rejects.toThrow(
      'max_completion_tokens: anthropic requires it: say how many tokens the answer may have',
    );
  });

  test('an earlier call without arguments', async () => {
    const call = {id: 'c', type: 'function' as const, function: {name: 'now', arguments: ''}};
    const {body} = await sent({
      ...HELLO,
      messages: [...HELLO.messages, {role: 'assistant', tool_calls: [call]}],
    });
    expect(body['messages']).toMatchObject([
      {},
      {role: 'assistant', content: [{type: 'tool_use', id: 'c', name: 'now', input: {}}]},
    ]);
  });

  test('no earlier call whose arguments are no JSON: its API takes them as an object', async () => {
    await using opened = open('anthropic', 'http://127.0.0.1:1');
    const call = {id: 'c', type: 'function' as const, function: {name: 'weather', arguments: '{"secret'}};
    const failing = opened.model.complete({
      ...HELLO,
      messages: [...HELLO.messages, {role: 'assistant', tool_calls: [call]}],
    });
    await expect(failing).rejects.toThrow(
      /^messages\.1\.tool_calls\.0\.function\.arguments: expected a JSON/,
    );
    await expect(failing).rejects.not.toThrow('secret');
  });
});

describe('what is answered', () => {
  test('text, and the usage with what was read from and written to the cache', async () => {
    await using server = await vendorServer(json(MESSAGE));
    await using opened = open('anthropic', server.url);
    const {completion} = await opened.model.complete(HELLO);
    expect(completion).toEqual({
      id: 'msg_1',
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'claude-haiku-5-5',
      choices: [
        {
          index: 0,
          message: {role: 'assistant', content: 'Hi', refusal: null},
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 60,
        completion_tokens: 40,
        total_tokens: 100,
        prompt_tokens_details: {cached_tokens: 30, cache_write_tokens: 20},
        completion_tokens_details: {reasoning_tokens: 15},
      },
    });
  });

  test('calls of several tools, thoughts left out', async () => {
    const content = [
      {type: 'thinking', thinking: 'hm', signature: 's'},
      {type: 'tool_use', id: 'toolu_1', name: 'weather', input: {city: 'Bern'}},
      {type: 'tool_use', id: 'toolu_2', name: 'now', input: {}},
    ];
    await using server = await vendorServer(json({...MESSAGE, content, stop_reason: 'tool_use'}));
    await using opened = open('anthropic', server.url);
    const {completion} = await opened.model.complete({...HELLO, tools: [WEATHER]});
    expect(completion.choices[0]).toMatchObject({
      message: {
        content: null,
        tool_calls: [
          {id: 'toolu_1', type: 'function', function: {name: 'weather', arguments: '{"city":"Bern"}'}},
          {id: 'toolu_2', type: 'function', function: {name: 'now', arguments: '{}'}},
        ],
      },
      finish_reason: 'tool_calls',
    });
  });

  test.each([
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'content_filter'],
    ['newer_than_this', 'stop'],
  ])('stop_reason %s: %s', async (reason, finish) => {
    await using server = await vendorServer(json({...MESSAGE, stop_reason: reason}));
    await using opened = open('anthropic', server.url);
    const {completion} = await opened.model.complete(HELLO);
    expect(completion.choices[0]!.finish_reason).toBe(finish);
  });

  test('a refusal, with what the vendor says of it', async () => {
    const details = {type: 'refusal', category: 'cyber', explanation: 'It could harm.'};
    await using server = await vendorServer(
      json({...MESSAGE, content: [], stop_reason: 'refusal', stop_details: details}),
    );
    await using opened = open('anthropic', server.url);
    const {completion} = await opened.model.complete(HELLO);
    expect(completion.choices[0]).toMatchObject({
      message: {content: null, refusal: 'It could harm.'},
      finish_reason: 'content_filter',
    });
  });

  test('a stream of text, thoughts, and calls with and without arguments', async () => {
    const start = {...MESSAGE, content: [], stop_reason: null, usage: {...USAGE, output_tokens: 1}};
    const block = (index: number, content_block: object) => ({
      type: 'content_block_start',
      index,
      content_block,
    });
    const delta = (index: number, one: object) => ({type: 'content_block_delta', index, delta: one});
    const stop = (index: number) => ({type: 'content_block_stop', index});
    await using server = await vendorServer(
      events([
        {type: 'message_start', message: start},
        {type: 'ping'},
        block(0, {type: 'thinking', thinking: '', signature: ''}),
        delta(0, {type: 'thinking_delta', thinking: 'hm'}),
        delta(0, {type: 'signature_delta', signature: 's'}),
        stop(0),
        block(1, {type: 'text', text: ''}),
        delta(1, {type: 'text_delta', text: 'Let me '}),
        delta(1, {type: 'text_delta', text: 'see'}),
        stop(1),
        block(2, {type: 'tool_use', id: 'toolu_1', name: 'weather', input: {}}),
        delta(2, {type: 'input_json_delta', partial_json: ''}),
        delta(2, {type: 'input_json_delta', partial_json: '{"city": "B'}),
        delta(2, {type: 'input_json_delta', partial_json: 'ern"}'}),
        stop(2),
        block(3, {type: 'tool_use', id: 'toolu_2', name: 'now', input: {}}),
        stop(3),
        {
          type: 'message_delta',
          delta: {stop_reason: 'tool_use', stop_sequence: null},
          usage: {output_tokens: 40, input_tokens: null},
        },
        {type: 'message_stop'},
      ]),
    );
    await using opened = open('anthropic', server.url);
    const pieces = await allOf(opened.model.stream({...HELLO, tools: [WEATHER]}));
    expect(together(pieces)).toEqual({
      text: 'Let me see',
      refusal: '',
      calls: [
        {id: 'toolu_1', name: 'weather', arguments: '{"city": "Bern"}'},
        {id: 'toolu_2', name: 'now', arguments: '{}'},
      ],
      finish: ['tool_calls'],
      usage: {
        prompt_tokens: 60,
        completion_tokens: 40,
        total_tokens: 100,
        prompt_tokens_details: {cached_tokens: 30, cache_write_tokens: 20},
        completion_tokens_details: {reasoning_tokens: 15},
      },
    });
    expect(pieces[0]!.choices[0]!.delta).toEqual({role: 'assistant', content: ''});
    expect(new Set(pieces.map(({id}) => id))).toEqual(new Set(['msg_1']));
  });

  test('no embeddings: refused by name', async () => {
    await using opened = open('anthropic', 'http://127.0.0.1:1');
    await expect(opened.model.embed({input: ['a']})).rejects.toMatchObject({
      parameter: 'embeddings',
      vendor: 'anthropic',
    });
  });
});
