import {describe, expect, test} from 'vitest';
import type {Vendor} from '../../../../schemas/release.ts';
import type {ChatAsk, ChatModel} from '../../../../serving/clients/providers/chat-model.ts';
import {cannotScore, providerInference} from '../../../../serving/clients/providers/provider-inference.ts';

const CHOICES = [' spam', ' ham'];
const ASK = {messages: [{role: 'user' as const, content: 'Buy now'}], maxTokens: 20, temperature: 0};

/** Answers with `content`, and remembers what it was asked. */
function answering(content: string | null, vendor: Vendor = 'openai') {
  const asks: ChatAsk[] = [];
  const usage = {
    prompt_tokens: 9,
    completion_tokens: 8,
    total_tokens: 17,
    prompt_tokens_details: {cached_tokens: 4},
    completion_tokens_details: {reasoning_tokens: 3},
  };
  const message = {role: 'assistant' as const, content, refusal: null};
  const model = {
    async complete(ask: ChatAsk) {
      asks.push(ask);
      const choices = [{index: 0, message, logprobs: null, finish_reason: 'stop' as const}];
      return {
        completion: {id: 'c', object: 'chat.completion' as const, created: 1, model: 'm', choices, usage},
        latencyMs: 12,
      };
    },
  } as unknown as ChatModel;
  return {asks, inference: providerInference(model, vendor)};
}

test('a text, with what it is paid by', async () => {
  const {inference, asks} = answering('An advertisement.');
  expect(await inference.complete({...ASK, stop: ['\n']})).toEqual({
    text: 'An advertisement.',
    promptTokens: 9,
    cachedTokens: 4,
    completionTokens: 8,
    reasoningTokens: 3,
    latencyMs: 12,
  });
  expect(asks).toEqual([{messages: ASK.messages, max_completion_tokens: 20, temperature: 0, stop: ['\n']}]);
});

describe('choices', () => {
  test.each(['openai', 'anthropic', 'google'] as const)('%s: by a schema', async (vendor) => {
    const {inference, asks} = answering('{"label": "spam"}', vendor);
    expect(await inference.complete({...ASK, choices: CHOICES, stop: ['"']})).toMatchObject({
      text: ' spam',
      choice: ' spam',
    });
    expect(asks[0]).not.toHaveProperty('stop');
    expect(asks[0]!.max_completion_tokens).toBe(36);
    expect(asks[0]!.response_format).toMatchObject({
      json_schema: {schema: {properties: {label: {enum: ['spam', 'ham']}}}},
    });
  });

  test.each([
    ['{"label": "eggs"}', '{"label": "eggs"}'],
    ['{"label": "sp', '{"label": "sp'],
    ['spam', 'spam'],
    ['null', 'null'],
    [null, ''],
  ])('an answer that is none of them: %s', async (content, text) => {
    const answer = await answering(content).inference.complete({...ASK, choices: CHOICES});
    expect(answer.text).toBe(text);
    expect(answer).not.toHaveProperty('choice');
  });

  test.each([
    ['spam\n', ' spam'],
    ['Spam', undefined],
    ['It is spam', undefined],
  ])('an OpenAI-compatible server, by the whole text: %o', async (content, choice) => {
    const {inference, asks} = answering(content, 'openai-compatible');
    expect((await inference.complete({...ASK, choices: CHOICES})).choice).toBe(choice);
    expect(asks[0]).not.toHaveProperty('response_format');
  });

  test('that differ by spaces alone cannot be told apart', async () => {
    const {inference} = answering('spam');
    await expect(inference.complete({...ASK, choices: ['spam', ' spam']})).rejects.toThrow(
      /^choices: expected texts that differ/,
    );
  });
});

test('no vendor scores a given text', () => {
  expect(cannotScore('openai')).toMatchObject({type: 'InvalidInput', retryable: false});
  expect(cannotScore('openai').message).toMatch(
    /^scoring: openai does not tell how probable a given text is/,
  );
});
