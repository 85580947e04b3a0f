import {describe, expect, test, vi} from 'vitest';
import type {ChatAsk} from '../../../../../serving/clients/providers/chat-model.ts';
import {CONVERSATION, HELLO, PIXEL, SCHEMA, WEATHER} from '../asks.ts';
import {allOf, KEY, open, together} from '../open-for-test.ts';
import {events, json, vendorServer} from '../vendor-server.ts';

const USAGE = {
  promptTokenCount: 10,
  cachedContentTokenCount: 4,
  candidatesTokenCount: 5,
  thoughtsTokenCount: 7,
  totalTokenCount: 22,
};
const TOLD_USAGE = {
  prompt_tokens: 10,
  completion_tokens: 12,
  total_tokens: 22,
  prompt_tokens_details: {cached_tokens: 4},
  completion_tokens_details: {reasoning_tokens: 7},
};
const response = (parts: readonly object[], more: object = {finishReason: 'STOP'}) => ({
  candidates: [{content: {role: 'model', parts}, index: 0, ...more}],
  usageMetadata: USAGE,
  modelVersion: 'gemini-2.5-flash-001',
  responseId: 'r1',
});

async function sent(ask: ChatAsk, model?: string) {
  await using server = await vendorServer(json(response([{text: 'Hi'}])));
  await using opened = open('google', server.url, model === undefined ? {} : {model});
  await opened.model.complete(ask);
  return server.received[0]!;
}

describe('what is sent', () => {
  test('a conversation with images, calls of several tools at once and their results', async () => {
    const {path, headers, body} = await sent(CONVERSATION);
    expect(path).toBe('/v1beta/models/gemini-2.5-flash:generateContent');
    expect(headers['x-goog-api-key']).toBe(KEY);
    expect(body).toEqual({
      systemInstruction: {role: 'user', parts: [{text: 'Be brief.\n\nAnswer in English.'}]},
      contents: [
        {
          role: 'user',
          parts: [
            {text: 'Which cities are these, and how is their weather?'},
            {inlineData: {mimeType: 'image/png', data: PIXEL}},
            {fileData: {fileUri: 'https://example.com/b.jpg', mimeType: 'image/jpeg'}},
          ],
        },
        {
          role: 'model',
          parts: [
            {text: 'I look it up.'},
            {
              functionCall: {id: 'call_1', name: 'weather', args: {city: 'Bern'}},
              thoughtSignature: 'skip_thought_signature_validator',
            },
            {functionCall: {id: 'call_2', name: 'weather', args: {city: 'Ulm'}}},
          ],
        },
        {
          role: 'user',
          parts: [
            {functionResponse: {id: 'call_1', name: 'weather', response: {output: 'rain'}}},
            {functionResponse: {id: 'call_2', name: 'weather', response: {output: 'sun'}}},
          ],
        },
      ],
      tools: [
        {
          functionDeclarations: [
            {
              name: 'weather',
              description: 'The weather of a city',
              parametersJsonSchema: WEATHER.function.parameters,
            },
          ],
        },
      ],
      toolConfig: {functionCallingConfig: {mode: 'AUTO'}},
      generationConfig: {temperature: 0.5, topP: 0.9, stopSequences: ['END'], maxOutputTokens: 200},
    });
  });

  test('several answers, seed, penalties, log-probabilities, a schema', async () => {
    const {body} = await sent({
      ...HELLO,
      n: 2,
      seed: 7,
      presence_penalty: 0.5,
      frequency_penalty: 0.25,
      logprobs: true,
      top_logprobs: 3,
      stop: 'END',
      response_format: {type: 'json_schema', json_schema: {name: 'x', schema: SCHEMA}},
    });
    expect(body['generationConfig']).toEqual({
      candidateCount: 2,
      seed: 7,
      presencePenalty: 0.5,
      frequencyPenalty: 0.25,
      responseLogprobs: true,
      logprobs: 3,
      stopSequences: ['END'],
      maxOutputTokens: 100,
      responseMimeType: 'application/json',
      responseJsonSchema: SCHEMA,
    });
  });

  test('to the Gemini API, whatever the environment says', async () => {
    vi.stubEnv('GOOGLE_GENAI_USE_VERTEXAI', 'true');
    vi.stubEnv('GOOGLE_GENAI_USE_ENTERPRISE', 'true');
    vi.stubEnv('GOOGLE_GENAI_API_VERSION', 'v9');
    vi.stubEnv('GOOGLE_API_KEY', 'another');
    try {
      const {path, headers} = await sent(HELLO);
      expect(path).toBe('/v1beta/models/gemini-2.5-flash:generateContent');
      expect(headers['x-goog-api-key']).toBe(KEY);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('null asks for nothing', async () => {
    const {body} = await sent({...HELLO, seed: null, stop: null, temperature: null, n: null});
    expect(body['generationConfig']).toEqual({maxOutputTokens: 100});
  });

  test.each([
    ['required' as const, {mode: 'ANY'}],
    ['none' as const, {mode: 'NONE'}],
    [
      {type: 'function' as const, function: {name: 'weather'}},
      {mode: 'ANY', allowedFunctionNames: ['weather']},
    ],
    ['auto' as const, {mode: 'VALIDATED'}],
  ])('tool_choice %o of strict tools', async (choice, expected) => {
    const strict = {...WEATHER, function: {...WEATHER.function, strict: true}};
    const {body} = await sent({...HELLO, tools: [strict], tool_choice: choice});
    expect(body['toolConfig']).toEqual({functionCallingConfig: expected});
  });

  test.each([
    ['gemini-2.5-pro', 'low' as const, {thinkingBudget: 1024}],
    ['gemini-2.5-flash', 'none' as const, {thinkingBudget: 0}],
    ['gemini-3.5-flash', 'minimal' as const, {thinkingLevel: 'MINIMAL'}],
    ['gemini-3.5-pro', 'high' as const, {thinkingLevel: 'HIGH'}],
  ])('%s with reasoning_effort %s', async (model, effort, expected) => {
    const {body} = await sent({...HELLO, reasoning_effort: effort}, model);
    expect(body['generationConfig']).toMatchObject({thinkingConfig: expected});
  });

  test('a model that always reasons is not told not to', async () => {
    await using opened = open('google', 'http://127.0.0.1:1', {model: 'gemini-3.5-pro'});
    await expect(opened.model.complete({...HELLO, reasoning_effort: 'none'})).rejects.toMatchObject({
      parameter: 'reasoning_effort',
    });
  });

  test('no result that answers no call', async () => {
    await using opened = open('google', 'http://127.0.0.1:1');
    const messages = [...HELLO.messages, {role: 'tool' as const, tool_call_id: 'x', content: 'rain'}];
    await expect(opened.model.complete({messages})).rejects.toThrow(
      'messages.1.tool_call_id: no tool call before it has this id',
    );
  });
});

describe('what is answered', () => {
  test('text, thoughts left out and counted', async () => {
    await using server = await vendorServer(
      json(response([{text: 'hm', thought: true}, {text: 'Hi '}, {text: 'you'}])),
    );
    await using opened = open('google', server.url);
    const {completion} = await opened.model.complete(HELLO);
    expect(completion).toEqual({
      id: 'chatcmpl-r1',
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'gemini-2.5-flash-001',
      choices: [
        {
          index: 0,
          message: {role: 'assistant', content: 'Hi you', refusal: null},
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: TOLD_USAGE,
    });
  });

  test('calls, which are returned with the signature of what was thought before them', async () => {
    const parts = [
      {functionCall: {id: 'a', name: 'weather', args: {city: 'Bern'}}, thoughtSignature: 'c2ln'},
      {functionCall: {name: 'now'}},
    ];
    await using server = await vendorServer(json(response(parts)), json(response([{text: 'rain'}])));
    await using opened = open('google', server.url);
    const {completion} = await opened.model.complete({...HELLO, tools: [WEATHER]});
    const {message, finish_reason: finish} = completion.choices[0]!;
    expect(finish).toBe('tool_calls');
    expect(message.content).toBeNull();
    expect(message.tool_calls).toEqual([
      {
        id: 'a',
        type: 'function',
        function: {name: 'weather', arguments: '{"city":"Bern"}'},
        extra_content: {google: {thought_signature: 'c2ln'}},
      },
      {id: 'call_chatcmpl-r1-0-1', type: 'function', function: {name: 'now', arguments: '{}'}},
    ]);
    await opened.model.complete({
      ...HELLO,
      messages: [...HELLO.messages, message, {role: 'tool', tool_call_id: 'a', content: 'rain'}],
    });
    expect(server.received[1]!.body['contents']).toMatchObject([
      {},
      {parts: [{functionCall: {id: 'a'}, thoughtSignature: 'c2ln'}, {functionCall: {name: 'now'}}]},
      {parts: [{functionResponse: {id: 'a', name: 'weather'}}]},
    ]);
  });

  test('log-probabilities, and several answers', async () => {
    const chosen = {token: 'Hé', logProbability: -0.1};
    const logprobsResult = {
      chosenCandidates: [chosen],
      topCandidates: [{candidates: [chosen, {token: 'Yo', logProbability: -2}]}],
    };
    const one = response([{text: 'Hé'}], {finishReason: 'STOP', logprobsResult});
    const two = {content: {parts: [{text: 'Yo'}]}, finishReason: 'MAX_TOKENS', index: 1};
    await using server = await vendorServer(json({...one, candidates: [...one.candidates, two]}));
    await using opened = open('google', server.url);
    const {completion} = await opened.model.complete({...HELLO, n: 2, logprobs: true, top_logprobs: 2});
    expect(completion.choices.map(({index, finish_reason: finish}) => [index, finish])).toEqual([
      [0, 'stop'],
      [1, 'length'],
    ]);
    expect(completion.choices[0]!.logprobs).toEqual({
      content: [
        {
          token: 'Hé',
          logprob: -0.1,
          bytes: [72, 195, 169],
          top_logprobs: [
            {token: 'Hé', logprob: -0.1, bytes: [72, 195, 169]},
            {token: 'Yo', logprob: -2, bytes: [89, 111]},
          ],
        },
      ],
      refusal: null,
    });
  });

  test('an answer and a prompt that were blocked are refusals', async () => {
    const blocked = {promptFeedback: {blockReason: 'PROHIBITED_CONTENT'}, usageMetadata: USAGE};
    await using server = await vendorServer(
      json(response([], {finishReason: 'SAFETY'})),
      json(blocked),
      events([blocked]),
    );
    await using opened = open('google', server.url);
    const choice = async () => (await opened.model.complete(HELLO)).completion.choices[0];
    expect(await choice()).toMatchObject({
      message: {content: '', refusal: 'The answer was blocked: SAFETY.'},
      finish_reason: 'content_filter',
    });
    expect(await choice()).toMatchObject({
      message: {content: '', refusal: 'The prompt was blocked: PROHIBITED_CONTENT.'},
      finish_reason: 'content_filter',
    });
    expect(together(await allOf(opened.model.stream(HELLO)))).toMatchObject({
      refusal: 'The prompt was blocked: PROHIBITED_CONTENT.',
      finish: ['content_filter'],
    });
  });

  test('a call that the model garbled is no answer, and is asked for again', async () => {
    await using server = await vendorServer(
      json(response([], {finishReason: 'MALFORMED_FUNCTION_CALL'})),
      json(response([{text: 'Hi'}])),
    );
    await using opened = open('google', server.url);
    const {completion} = await opened.model.complete(HELLO);
    expect(completion.choices[0]!.message.content).toBe('Hi');
  });

  test('an answer that could go on is cut here: nothing is asked behind our back', async () => {
    const cut = response([{text: 'Hi'}], {finishReason: 'CONTINUATION', continuationToken: 't'});
    await using server = await vendorServer(json(cut), events([cut]));
    await using opened = open('google', server.url);
    const {completion} = await opened.model.complete(HELLO);
    expect(completion.choices[0]!.finish_reason).toBe('length');
    expect(together(await allOf(opened.model.stream(HELLO))).finish).toEqual(['length']);
    expect(server.received).toHaveLength(2);
  });

  test('a stream of text and calls', async () => {
    const call = (name: string) => ({functionCall: {name, args: {city: name}}});
    await using server = await vendorServer(
      events([
        response([{text: 'hm', thought: true}], {}),
        response([{text: 'Let me '}], {}),
        response([{text: 'see'}, call('weather')], {}),
        response([call('now')], {}),
        response([], {finishReason: 'STOP'}),
      ]),
    );
    await using opened = open('google', server.url);
    const pieces = await allOf(opened.model.stream({...HELLO, tools: [WEATHER]}));
    expect(server.received[0]!.path).toBe('/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse');
    expect(together(pieces)).toEqual({
      text: 'Let me see',
      refusal: '',
      calls: [
        {id: 'call_chatcmpl-r1-0-0', name: 'weather', arguments: '{"city":"weather"}'},
        {id: 'call_chatcmpl-r1-0-1', name: 'now', arguments: '{"city":"now"}'},
      ],
      finish: ['tool_calls'],
      usage: TOLD_USAGE,
    });
    expect(pieces.map(({choices: [choice]}) => choice?.delta.role)).toEqual([
      'assistant',
      ...Array.from({length: 5}, () => undefined),
    ]);
  });

  test('embeddings, one a text', async () => {
    await using server = await vendorServer(json({embeddings: [{values: [1, 2]}, {values: [3, 4]}]}));
    await using opened = open('google', server.url, {model: 'gemini-embedding-001'});
    const {response: answer} = await opened.model.embed({input: ['a', 'b'], dimensions: 2});
    expect(answer.data.map(({embedding}) => embedding)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(server.received[0]!.path).toBe('/v1beta/models/gemini-embedding-001:batchEmbedContents');
    expect(server.received[0]!.body['requests']).toMatchObject([
      {content: {parts: [{text: 'a'}]}, outputDimensionality: 2},
      {content: {parts: [{text: 'b'}]}, outputDimensionality: 2},
    ]);
  });
});
