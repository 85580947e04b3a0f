import {describe, expect, test} from 'vitest';
import {VENDORS} from '../../../../schemas/names.ts';
import type {ChatAsk} from '../../../../serving/clients/providers/chat-model.ts';
import {UnsupportedParameterError} from '../../../../serving/clients/providers/failures.ts';
import {PARAMETERS, refuseUnsupported} from '../../../../serving/clients/providers/parameters.ts';
import {CONVERSATION, HELLO, SCHEMA, WEATHER} from './asks.ts';
import {open} from './open-for-test.ts';
import {json, vendorServer} from './vendor-server.ts';

const user = (content: ChatAsk['messages'][number]['content'], more: object = {}): ChatAsk => ({
  messages: [{role: 'user', content: content as string, ...more}],
});
const strict = {...WEATHER, function: {...WEATHER.function, name: 'strict', strict: true}};
const custom = {type: 'custom' as const, custom: {name: 'shell'}};

/** By parameter: a request that asks for it, within every vendor's limits; and one beyond those of a vendor that has any. */
const ASKS: Readonly<Record<string, {readonly within: ChatAsk; readonly beyond?: ChatAsk}>> = {
  temperature: {within: {...HELLO, temperature: 1}, beyond: {...HELLO, temperature: 1.01}},
  top_p: {within: {...HELLO, top_p: 0.5}},
  n: {within: {...HELLO, n: 2}},
  seed: {within: {...HELLO, seed: 0}},
  stop: {within: {...HELLO, stop: 'END'}},
  max_completion_tokens: {within: HELLO},
  presence_penalty: {within: {...HELLO, presence_penalty: -1}},
  frequency_penalty: {within: {...HELLO, frequency_penalty: 1}},
  logprobs: {within: {...HELLO, logprobs: true}},
  'response_format json_object': {within: {...HELLO, response_format: {type: 'json_object'}}},
  'response_format json_schema': {
    within: {...HELLO, response_format: {type: 'json_schema', json_schema: {name: 'x', schema: SCHEMA}}},
  },
  tools: {within: {...HELLO, tools: [WEATHER]}},
  'tools.function.strict': {
    within: {...HELLO, tools: [strict]},
    beyond: {...HELLO, tools: [strict, WEATHER]},
  },
  'tools custom': {within: {...HELLO, tools: [custom]}},
  tool_choice: {within: {...HELLO, tools: [WEATHER], tool_choice: 'required'}},
  'tool_choice allowed_tools': {
    within: {
      ...HELLO,
      tools: [WEATHER],
      tool_choice: {type: 'allowed_tools', allowed_tools: {mode: 'auto', tools: []}},
    },
  },
  parallel_tool_calls: {within: {...HELLO, tools: [WEATHER], parallel_tool_calls: false}},
  reasoning_effort: {within: {...HELLO, reasoning_effort: 'low'}},
  user: {within: {...HELLO, user: 'u'}, beyond: {...HELLO, user: 'u', safety_identifier: 'other'}},
  safety_identifier: {within: {...HELLO, safety_identifier: 'u'}},
  'messages image_url': {within: CONVERSATION},
  'messages image_url.detail': {
    within: user([{type: 'image_url', image_url: {url: 'https://example.com/a', detail: 'low'}}]),
  },
  'messages input_audio, file': {
    within: user([{type: 'input_audio', input_audio: {data: '', format: 'wav'}}]),
  },
  'messages function_call': {
    within: {messages: [...HELLO.messages, {role: 'function', name: 'weather', content: 'rain'}]},
  },
  'messages name': {within: user('hello', {name: 'Ann'})},
  'messages system after the first other message': {
    within: {messages: [...HELLO.messages, {role: 'system', content: 'Be brief.'}]},
  },
};

test('every parameter is tried', () => {
  expect(Object.keys(ASKS)).toEqual(PARAMETERS.map(({name}) => name));
});

describe.each(VENDORS)('%s', (vendor) => {
  test.each(PARAMETERS)('$name', ({name, asked, vendors}) => {
    const {within, beyond} = ASKS[name]!;
    const support = vendors[vendor];
    expect(asked(within)).toBe(true);
    const refused = (ask: ChatAsk) => () => refuseUnsupported(ask, vendor);
    if ('refused' in support) {
      expect(refused(within)).toThrow(UnsupportedParameterError);
      expect(refused(within)).toThrow(`${name}: not supported by ${vendor}: ${support.refused}`);
    } else expect(refused(within)).not.toThrow();
    if ('limits' in support) {
      const ask = name === 'reasoning_effort' ? effortBeyond(vendor) : beyond!;
      expect(refused(ask)).toThrow(`${name}: not supported by ${vendor}: it takes ${support.limits}`);
    }
  });

  test('what OpenAI has by default asks for nothing', () => {
    expect(() =>
      refuseUnsupported(
        {
          ...HELLO,
          temperature: null,
          n: 1,
          seed: null,
          logprobs: false,
          top_logprobs: 0,
          presence_penalty: 0,
          frequency_penalty: 0,
          parallel_tool_calls: true,
          reasoning_effort: null,
          response_format: {type: 'text'},
        },
        vendor,
      ),
    ).not.toThrow();
  });

  test('what is not passed on is refused, not lost', () => {
    const ask = (more: object) => () => refuseUnsupported({...HELLO, ...more}, vendor);
    expect(ask({logit_bias: {1: 1}})).toThrow(`logit_bias: not supported by ${vendor}: it is not passed on`);
    expect(ask({'\u001b[31m': 1})).toThrow(`a field: not supported by ${vendor}`);
    expect(ask({logit_bias: null, metadata: undefined})).not.toThrow();
  });

  test('what is refused is not sent', async () => {
    await using server = await vendorServer(json({}));
    await using opened = open(vendor, server.url);
    for (const {name, vendors} of PARAMETERS) {
      if (!('refused' in vendors[vendor])) continue;
      const ask = ASKS[name]!.within;
      await expect(opened.model.complete(ask)).rejects.toMatchObject({parameter: name, vendor});
      await expect(Array.fromAsync(opened.model.stream(ask))).rejects.toMatchObject({parameter: name});
    }
    expect(server.received).toEqual([]);
  });
});

function effortBeyond(vendor: string): ChatAsk {
  return {...HELLO, reasoning_effort: vendor === 'anthropic' ? 'minimal' : 'max'};
}
