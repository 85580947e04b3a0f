import {afterAll, beforeAll, expect, test} from 'vitest';
import {events, startEngine, type EngineProcess} from './engine-process.ts';

let engine: EngineProcess;
beforeAll(async () => {
  engine = await startEngine('--context', '512');
});
afterAll(async () => {
  await engine.stop();
});

const CUE = 'Subject: Win a prize\nMessage: click here to claim it\n\nIs this e-mail spam or ham? Answer:';
const complete = async (body: object) => {
  const {status, body: answer} = await engine.post('/v1/completions', {temperature: 0, ...body});
  expect(answer.error, JSON.stringify(answer)).toBeUndefined();
  expect(status).toBe(200);
  return answer;
};

test('continues a prompt, and says what it cost', async () => {
  const answer = await complete({prompt: 'The capital of France is', max_tokens: 4});
  expect(answer.choices[0]!.text).toMatch(/^ Paris/);
  expect(answer.choices[0]!.finish_reason).toBe('length');
  expect(answer.usage).toEqual({prompt_tokens: 5, completion_tokens: 4, total_tokens: 9});
  expect(answer.model).toBe('smollm2-135m-instruct');
});

test('log-probabilities of a prompt add up to those of its step-by-step generation', async () => {
  const prompt = 'The capital of France is';
  const generated = (await complete({prompt, max_tokens: 12, logprobs: 0})).choices[0]!;
  const scored = (
    await complete({
      prompt: prompt + generated.text,
      max_tokens: 0,
      echo: true,
      logprobs: 0,
      prompt_logprobs_start: prompt.length,
    })
  ).choices[0]!;
  const from = scored.logprobs.text_offset.indexOf(prompt.length);
  expect(scored.logprobs.tokens.slice(from)).toEqual(generated.logprobs.tokens);
  expect(scored.logprobs.tokens.join('')).toBe(prompt + generated.text);
  const once = scored.logprobs.token_logprobs.slice(from) as number[];
  const stepped = generated.logprobs.token_logprobs as number[];
  for (const [i, value] of once.entries()) expect(value).toBeCloseTo(stepped[i]!, 1);
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  expect(Math.abs(sum(once) - sum(stepped))).toBeLessThan(0.05 * stepped.length);
  // Everything before the asked offset was left out.
  expect(scored.logprobs.token_logprobs.slice(0, from)).toEqual(Array(from).fill(null));
});

test('asking for fewer prompt log-probabilities changes none of them', async () => {
  const body = {prompt: `${CUE} spam`, max_tokens: 0, echo: true, logprobs: 0};
  const all = (await complete(body)).choices[0]!.logprobs.token_logprobs;
  const last = (await complete({...body, prompt_logprobs_start: CUE.length})).choices[0]!.logprobs
    .token_logprobs;
  expect(all[0]).toBeNull();
  expect(all.slice(1).every((value) => value! < 0)).toBe(true);
  expect(last.at(-1)).toBe(all.at(-1));
});

test("prompt_logprobs come in vLLM's shape, without echo", async () => {
  const {tokens} = (await engine.post('/tokenize', {prompt: 'The capital of France'})).body;
  const {prompt_logprobs} = (
    await complete({prompt: 'The capital of France', max_tokens: 1, prompt_logprobs: 0})
  ).choices[0]!;
  expect(prompt_logprobs).toHaveLength(4);
  expect(prompt_logprobs[0]).toBeNull();
  expect(Object.keys(prompt_logprobs[3]!)).toEqual([String(tokens[3])]);
  expect(prompt_logprobs[3]![tokens[3]!]).toMatchObject({decoded_token: ' France', rank: null});
});

test('the answer is the most probable choice, scored as the same text would be', async () => {
  const choices = [' spam', ' ham', ' neither of the two'];
  const answer = (await complete({prompt: CUE, structured_outputs: {choice: choices}, logprobs: 1}))
    .choices[0]!;
  const scores = answer.choice_logprobs;
  expect(Object.keys(scores)).toEqual(choices);
  expect(answer.text).toBe(choices.toSorted((a, b) => scores[b]! - scores[a]!)[0]);
  expect(answer.finish_reason).toBe('stop');
  for (const choice of choices) {
    const {token_logprobs, text_offset} = (
      await complete({
        prompt: CUE + choice,
        max_tokens: 0,
        echo: true,
        logprobs: 0,
        prompt_logprobs_start: CUE.length,
      })
    ).choices[0]!.logprobs;
    const from = text_offset.indexOf(CUE.length);
    const total = token_logprobs.slice(from).reduce<number>((a, b) => a + b!, 0);
    expect(Math.abs(total - scores[choice]!)).toBeLessThan(0.1);
  }
});

test('the order of choices changes nothing, nor does the older name of the field', async () => {
  const choices = [' spam', ' ham', ' ham sandwich', ' spam and eggs'];
  const one = (await complete({prompt: CUE, structured_outputs: {choice: choices}})).choices[0]!;
  const other = (await complete({prompt: CUE, guided_choice: choices.toReversed()})).choices[0]!;
  expect(other.text).toBe(one.text);
  expect(other.choice_logprobs).toEqual(one.choice_logprobs);
});

test('the same request gives the same bits, whoever asked before and in another process', async () => {
  const body = {prompt: CUE, max_tokens: 8, logprobs: 0, temperature: 0};
  const first = (await complete(body)).choices;
  await complete({
    prompt: 'Something else entirely, and longer than the other prompt was. '.repeat(8),
    max_tokens: 3,
  });
  expect((await complete(body)).choices).toEqual(first);
  const other = await startEngine('--context', '512');
  try {
    expect((await other.post('/v1/completions', body)).body.choices).toEqual(first);
  } finally {
    expect(await other.stop()).toBe(0);
  }
});

test('a seed makes sampling repeatable; other seeds draw other texts', async () => {
  const body = {prompt: 'Once upon a time', max_tokens: 12, temperature: 1, top_p: 0.95};
  const texts: string[] = [];
  for (const seed of [1, 1, 2, 3]) texts.push((await complete({...body, seed})).choices[0]!.text);
  expect(texts[0]).toBe(texts[1]);
  expect(new Set(texts).size).toBeGreaterThan(1);
  const greedy = (await complete({...body, temperature: 0})).choices[0]!.text;
  expect((await complete({...body, top_k: 1, seed: 9})).choices[0]!.text).toBe(greedy);
});

test('a stop string is cut off, also where it spans tokens and where it is streamed', async () => {
  const body = {prompt: 'Count: one, two, three, four,', max_tokens: 24};
  const whole: string = (await complete(body)).choices[0]!.text;
  const stop = whole.slice(6, 11);
  const cut = (await complete({...body, stop})).choices[0]!;
  expect(cut.text).toBe(whole.slice(0, whole.indexOf(stop)));
  expect(cut).toMatchObject({finish_reason: 'stop', stop_reason: stop});
  const chunks = await events(`${engine.url}/v1/completions`, {
    ...body,
    temperature: 0,
    stop: [stop],
    stream: true,
  });
  expect(chunks.map((chunk) => chunk.choices[0]!.text).join('')).toBe(cut.text);
  expect(chunks.at(-1)!.choices[0]!.finish_reason).toBe('stop');
});

test('a stream holds the same text, whole characters only, and the usage where asked', async () => {
  const prompt = 'Translate "hello" to Japanese: こんに';
  const body = {prompt, max_tokens: 10, temperature: 0};
  const whole = await complete(body);
  const chunks = await events(`${engine.url}/v1/completions`, {
    ...body,
    stream: true,
    stream_options: {include_usage: true},
  });
  expect(chunks.at(-1)).toMatchObject({choices: [], usage: whole.usage});
  const pieces = chunks.slice(0, -1).map((chunk) => chunk.choices[0]!.text);
  expect(pieces.length).toBeGreaterThan(2);
  expect(pieces.join('')).toBe(whole.choices[0]!.text);
  expect(pieces.slice(0, -2).every((piece) => !piece.includes('\uFFFD'))).toBe(true);
});

test("offsets count code points, and a token within a character has the character's", async () => {
  const prompt = 'a 😀 b';
  const {tokens, text_offset} = (await complete({prompt, max_tokens: 0, echo: true, logprobs: 0})).choices[0]!
    .logprobs;
  expect(text_offset[0]).toBe(0);
  expect(text_offset.at(-1)).toBe(3);
  expect(tokens.at(-1)).toBe(' b');
  expect(new Set(text_offset).size).toBeLessThan(text_offset.length);
});

test('several prompts, and prompts as tokens, are answered in order', async () => {
  const prompts = ['The capital of France is', 'The capital of Italy is'];
  const both = await complete({prompt: prompts, max_tokens: 1});
  expect(both.choices.map((choice) => choice.index)).toEqual([0, 1]);
  expect(both.choices[0]!.text).toBe(' Paris');
  expect(both.choices[1]!.text).toBe(' Rome');
  const {tokens} = (await engine.post('/tokenize', {prompt: prompts[1]})).body;
  expect((await complete({prompt: tokens, max_tokens: 1})).choices[0]!.text).toBe(' Rome');
});

test("chat uses the model's own template, and control tokens in a message stay text", async () => {
  const ask = async (content: unknown, more = {}) =>
    (
      await engine.post('/v1/chat/completions', {
        messages: [{role: 'user', content}],
        max_tokens: 8,
        temperature: 0,
        ...more,
      })
    ).body;
  const plain = await ask('What is the capital of France?');
  expect(plain.choices[0]!.message).toMatchObject({role: 'assistant'});
  const rendered = `<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>
<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n`;
  const same = await complete({prompt: rendered, max_tokens: 8});
  expect(plain.choices[0]!.message.content).toBe(same.choices[0]!.text);
  expect(plain.usage).toEqual(same.usage);
  expect(await ask([{type: 'text', text: 'What is the capital of France?'}])).toMatchObject({
    usage: plain.usage,
  });
  // `<|im_end|>` is one token as a control token and several as text.
  const trick = await ask('<|im_end|>');
  const empty = await ask('');
  expect(trick.usage.prompt_tokens).toBeGreaterThan(empty.usage.prompt_tokens + 2);

  const chunks = await events(`${engine.url}/v1/chat/completions`, {
    messages: [{role: 'user', content: 'What is the capital of France?'}],
    max_tokens: 8,
    temperature: 0,
    stream: true,
  });
  expect(chunks[0]!.choices[0]!.delta.role).toBe('assistant');
  expect(chunks.map((chunk) => chunk.choices[0]!.delta.content ?? '').join('')).toBe(
    plain.choices[0]!.message.content,
  );
});

test.each([
  [{prompt: 'x', model: 'nobody'}, 404, 'The model `nobody` does not exist.'],
  [{prompt: 'word '.repeat(600), max_tokens: 1}, 400, "This model's maximum context length is 512 tokens."],
  [{prompt: 'x', max_tokens: 512}, 400, "This model's maximum context length is 512 tokens."],
  [{prompt: ''}, 400, 'the prompt is empty'],
  [{}, 400, 'prompt'],
  [{prompt: 'x', temperature: 7}, 400, 'temperature'],
  [{prompt: 'x', n: 2}, 400, 'one choice'],
])('refuses %j', async (body, status, message) => {
  const answer = await engine.post('/v1/completions', body);
  expect(answer.status).toBe(status);
  expect(answer.body.error).toMatchObject({code: status, message: expect.stringContaining(message)});
});

test('what is not JSON, and a path that is not there, are refused in the same shape', async () => {
  const answer = await fetch(`${engine.url}/v1/completions`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: '{"prompt":',
  });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({error: {type: 'BadRequestError', code: 400}});
  expect((await engine.post('/v1/nothing', {})).body.error!.code).toBe(404);
});
