import {describe, expect, it} from 'vitest';
import {
  ModelNotServedError,
  RateLimitedError,
  retryAfter,
} from '../../../../serving/clients/inference/failures.ts';
import {openaiInference} from '../../../../serving/clients/inference/openai-inference.ts';
import {completion, echoed, fakeServer, type Reply} from './fake-completions-server.ts';

const ask = {model: 'base', prompt: 'Answer:', maxTokens: 4, temperature: 0, stop: []};
const failure = (status: number, message: string, headers = {}): Reply => ({
  status,
  headers,
  body: {error: {message, type: 'x', param: null, code: status}},
});

describe('complete', () => {
  it('sends a plain prompt and gives text, counts and latency', async () => {
    await using server = await fakeServer(() =>
      completion({text: ' hello'}, {prompt_tokens: 3, completion_tokens: 2}),
    );
    const answer = await openaiInference({baseUrl: server.url}).complete({...ask, stop: ['\n']});
    expect(answer).toMatchObject({text: ' hello', promptTokens: 3, completionTokens: 2});
    expect(answer).not.toHaveProperty('choice');
    expect(answer.latencyMs).toBeGreaterThan(0);
    expect(server.received[0]!.path).toBe('/v1/completions');
    expect(server.received[0]!.body).toEqual({
      model: 'base',
      prompt: 'Answer:',
      max_tokens: 4,
      temperature: 0,
      stop: ['\n'],
    });
  });

  it("takes choices as vLLM's structured_outputs and their probabilities from the top tokens", async () => {
    await using server = await fakeServer(() =>
      completion({
        text: ' spam',
        logprobs: {
          tokens: [' spam'],
          token_logprobs: [-0.1],
          text_offset: [0],
          top_logprobs: [{' spam': -0.1, ' ham': -2.5, ' eggs': -6}],
        },
      }),
    );
    const answer = await openaiInference({baseUrl: `${server.url}/v1/`}).complete({
      ...ask,
      choices: [' spam', ' ham'],
    });
    expect(answer).toMatchObject({choice: ' spam', choiceLogprobs: {' spam': -0.1, ' ham': -2.5}});
    expect(server.received[0]!.body).toMatchObject({
      structured_outputs: {choice: [' spam', ' ham']},
      logprobs: 5,
    });
  });

  it("prefers the engine's own log-probabilities of whole choices", async () => {
    await using server = await fakeServer(() =>
      completion({text: ' not spam', choice_logprobs: {' spam': -3, ' not spam': -0.2}}),
    );
    const answer = await openaiInference({baseUrl: server.url}).complete({
      ...ask,
      choices: [' spam', ' not spam'],
    });
    expect(answer).toMatchObject({choice: ' not spam', choiceLogprobs: {' spam': -3, ' not spam': -0.2}});
  });

  it('names no choice where the server ignored them', async () => {
    await using server = await fakeServer(() => completion({text: ' perhaps'}));
    const answer = await openaiInference({baseUrl: server.url}).complete({
      ...ask,
      choices: [' spam', ' ham'],
    });
    expect(answer.text).toBe(' perhaps');
    expect(answer).not.toHaveProperty('choice');
  });
});

describe('scoreCompletion', () => {
  const score = {model: 'base', prompt: 'Answer:', completion: ' spam now'};

  it('sums −ln p over the tokens of the completion alone', async () => {
    await using server = await fakeServer(() =>
      completion({
        text: 'Answer: spam now',
        logprobs: echoed(['Answer', ':', ' spam', ' now'], [null, -9, -0.5, -1.25]),
      }),
    );
    const got = await openaiInference({baseUrl: server.url}).scoreCompletion(score);
    expect(got).toMatchObject({nll: 1.75, tokens: 2, bytes: 9, promptTokens: 7});
    expect(server.received[0]!.body).toMatchObject({
      prompt: 'Answer: spam now',
      echo: true,
      max_tokens: 0,
      logprobs: 1,
      prompt_logprobs_start: 7,
    });
  });

  it('leaves out a token generated behind the text and shifts a BOS token away', async () => {
    await using server = await fakeServer(() =>
      completion({
        text: 'Answer: spam now and',
        logprobs: echoed(['<s>', 'Answer', ':', ' spam', ' now', ' and'], [null, -1, -9, -0.5, -1.25, -4]),
      }),
    );
    const got = await openaiInference({baseUrl: server.url}).scoreCompletion(score);
    expect(got).toMatchObject({nll: 1.75, tokens: 2});
  });

  it('counts a token across the seam, and characters beyond the BMP as one', async () => {
    await using server = await fakeServer(() =>
      completion({text: '', logprobs: echoed(['🙂🙂', 'a:', ' b'], [null, -1, -2])}),
    );
    const got = await openaiInference({baseUrl: server.url}).scoreCompletion({
      model: 'base',
      prompt: '🙂🙂a',
      completion: ': b',
    });
    expect(got).toMatchObject({nll: 3, tokens: 2, bytes: 3});
  });

  it.each([
    ['no log-probabilities', null],
    ['tokens of another text', echoed(['Reply', ': ', 'ham', ' now'], [null, -9, -0.5, -1])],
    ['a hole', echoed(['Answer', ':', ' spam', ' now'], [null, -9, null, -1.25])],
  ])('refuses %s', async (_, logprobs) => {
    await using server = await fakeServer(() => completion({text: '', logprobs}));
    await expect(openaiInference({baseUrl: server.url}).scoreCompletion(score)).rejects.toMatchObject({
      type: 'Unavailable',
      message: expect.stringContaining('echo with logprobs'),
    });
  });
});

describe('when the server does not answer', () => {
  it('waits as asked, then tries again', async () => {
    await using server = await fakeServer((_, n) =>
      n < 3 ? failure(429, 'slow down', {'retry-after-ms': '5'}) : completion({text: ' ok'}),
    );
    expect((await openaiInference({baseUrl: server.url}).complete(ask)).text).toBe(' ok');
    expect(server.received).toHaveLength(3);
  });

  it('gives up with RateLimited and the time the server asked for, at once where it is long', async () => {
    await using server = await fakeServer(() => failure(429, 'slow down', {'retry-after': '60'}));
    const error: unknown = await openaiInference({baseUrl: server.url})
      .complete(ask)
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({type: 'RateLimited', retryAfterMs: 60_000, retryable: true});
    expect(server.received).toHaveLength(1);
  });

  it('tries a broken connection and a 500 again, so many times and no more', async () => {
    await using flaky = await fakeServer((_, n) =>
      n === 1 ? 'hang up' : n === 2 ? failure(500, 'oops') : completion({text: ' ok'}),
    );
    expect((await openaiInference({baseUrl: flaky.url}).complete(ask)).text).toBe(' ok');
    await using broken = await fakeServer(() => failure(503, 'loading'));
    await expect(openaiInference({baseUrl: broken.url, attempts: 2}).complete(ask)).rejects.toMatchObject({
      type: 'Unavailable',
    });
    expect(broken.received).toHaveLength(2);
  });

  it.each([
    [400, 'InvalidInput', 'context length'],
    [401, 'AccessDenied', 'API key'],
  ])('does not try a %d again: %s', async (status, type, message) => {
    await using server = await fakeServer(() => failure(status, message));
    await expect(openaiInference({baseUrl: server.url}).complete(ask)).rejects.toMatchObject({
      type,
      retryable: false,
      message: expect.stringContaining(message),
    });
    expect(server.received).toHaveLength(1);
  });

  it('tells an unknown model apart: it can be loaded and asked again', async () => {
    await using server = await fakeServer(() => failure(404, 'The model `mail@abc` does not exist.'));
    const error: unknown = await openaiInference({baseUrl: server.url})
      .complete({...ask, model: 'mail@abc'})
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ModelNotServedError);
    expect(error).toMatchObject({type: 'Unavailable', model: 'mail@abc'});
    expect(server.received).toHaveLength(1);
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    await using server = await fakeServer(() => {
      stop.abort();
      return 'hang up';
    });
    await expect(
      openaiInference({baseUrl: server.url}).complete({...ask, signal: stop.signal}),
    ).rejects.toThrow(/abort/i);
    expect(server.received).toHaveLength(1);
  });

  it('reads retry-after in seconds, milliseconds and dates', () => {
    expect(retryAfter(new Headers({'retry-after': '2'}))).toBe(2000);
    expect(retryAfter(new Headers({'retry-after-ms': '15', 'retry-after': '2'}))).toBe(15);
    const now = Date.parse('2002-12-03T11:46:36Z');
    expect(retryAfter(new Headers({'retry-after': 'Tue, 03 Dec 2002 11:46:46 GMT'}), () => now)).toBe(10_000);
    expect(retryAfter(new Headers())).toBeNull();
  });
});
