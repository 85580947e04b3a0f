import {inspect} from 'node:util';
import {describe, expect, test} from 'vitest';
import type {Vendor} from '../../../../schemas/release.ts';
import type {ChatAsk} from '../../../../serving/clients/providers/chat-model.ts';
import {
  BrokeOffError,
  ContextTooLongError,
  ModelNotServedError,
  QuotaExhaustedError,
  RateLimitedError,
  TimedOutError,
  UnreadableAnswerError,
  VendorUnavailableError,
} from '../../../../serving/clients/providers/failures.ts';
import {RatchetError} from '../../../../schemas/errors.ts';
import {HELLO} from './asks.ts';
import {allOf, KEY, open, type OpenedOptions} from './open-for-test.ts';
import {events, json, silence, vendorServer, type Play} from './vendor-server.ts';

const SECRET = 'My doctor says that I have gout';
const ASK: ChatAsk = {...HELLO, messages: [{role: 'user', content: SECRET}]};
/** What vendors do, and must not come out of here. */
const repeating = (text: string) => `${text}: the key ${KEY} asked "${SECRET}"`;

const openai = (type: string, code: string | null, text = '') => ({
  error: {message: repeating(text), type, param: null, code},
});
const anthropic = (type: string, text = '') => ({type: 'error', error: {type, message: repeating(text)}});
const google = (code: number, status: string, text = '', details: readonly object[] = []) => ({
  error: {code, message: repeating(text), status, details},
});

async function failure(vendor: Vendor, play: Play, options: OpenedOptions = {}): Promise<Error> {
  await using server = await vendorServer(play);
  await using opened = open(vendor, server.url, {attempts: 1, ...options});
  const error = await opened.model.complete(ASK).then(
    () => expect.unreachable('it answered'),
    (reason: unknown) => reason as Error,
  );
  expectNoSecret(error);
  return error;
}

function expectNoSecret(error: Error): void {
  const all = inspect(error, {depth: 12, showHidden: true}) + JSON.stringify(error) + String(error.stack);
  expect(all).not.toContain(KEY);
  expect(all).not.toContain('gout');
}

describe('a refused key', () => {
  test.each([
    ['openai' as const, 401, openai('invalid_request_error', 'invalid_api_key'), 'invalid_request_error'],
    ['openai' as const, 403, openai('x', 'unsupported_country_region_territory'), 'x'],
    [
      'anthropic' as const,
      401,
      anthropic('authentication_error', 'API key has expired'),
      'authentication_error',
    ],
    ['anthropic' as const, 403, anthropic('permission_error'), 'permission_error'],
    [
      'google' as const,
      400,
      google(400, 'INVALID_ARGUMENT', 'API key not valid', [
        {'@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID'},
      ]),
      'INVALID_ARGUMENT API_KEY_INVALID',
    ],
    ['google' as const, 403, google(403, 'PERMISSION_DENIED'), 'PERMISSION_DENIED'],
  ])('%s %d', async (vendor, status, body, words) => {
    const error = await failure(vendor, json(body, status));
    expect(error).toBeInstanceOf(RatchetError);
    expect(error).toMatchObject({type: 'AccessDenied'});
    expect(error.message).toContain(`answered ${status} (${words}`);
    expect(error.message).toMatch(/: check that the key in THE_KEY is valid and may use "[\w.-]+"$/);
  });
});

describe('a model that is not served', () => {
  test.each([
    ['openai' as const, 404, openai('invalid_request_error', 'model_not_found')],
    ['openai' as const, 400, openai('invalid_request_error', 'model_not_found')],
    ['openai-compatible' as const, 404, {detail: 'Not Found'}],
    ['anthropic' as const, 404, anthropic('not_found_error', 'model: claude-1')],
    ['google' as const, 404, google(404, 'NOT_FOUND')],
    ['openai-compatible' as const, 410, {detail: 'Gone'}],
  ])('%s %d', async (vendor, status, body) => {
    const error = await failure(vendor, json(body, status), {model: 'gone-1'});
    expect(error).toBeInstanceOf(ModelNotServedError);
    expect(error).toMatchObject({model: 'gone-1'});
    expect(error.message).toMatch(/: it does not serve "gone-1" \(any more\): check the model's name/);
  });
});

test.each([
  ['openai' as const, 400, openai('invalid_request_error', 'context_length_exceeded')],
  [
    'openai-compatible' as const,
    400,
    openai('BadRequestError', null, "This model's maximum context length is 8"),
  ],
  ['anthropic' as const, 400, anthropic('invalid_request_error', 'prompt is too long: 9 tokens > 8 maximum')],
  ['anthropic' as const, 413, anthropic('request_too_large')],
  [
    'google' as const,
    400,
    google(
      400,
      'INVALID_ARGUMENT',
      'The input token count (9) exceeds the maximum number of tokens allowed (8)',
    ),
  ],
])('a context that is too long: %s %d', async (vendor, status, body) => {
  const error = await failure(vendor, json(body, status));
  expect(error).toBeInstanceOf(ContextTooLongError);
  expect(error).toMatchObject({type: 'InvalidInput', retryable: false});
});

test.each([
  ['openai' as const, 429, openai('insufficient_quota', 'insufficient_quota')],
  ['openai-compatible' as const, 402, openai('x', null, 'Insufficient credits')],
  ['anthropic' as const, 400, anthropic('invalid_request_error', 'Your credit balance is too low')],
  ['anthropic' as const, 402, anthropic('billing_error')],
])('no quota left: %s %d is not tried again', async (vendor, status, body) => {
  await using server = await vendorServer(json(body, status, {'retry-after': '1'}));
  await using opened = open(vendor, server.url);
  const error = await opened.model.complete(ASK).catch((reason: unknown) => reason as Error);
  expect(error).toBeInstanceOf(QuotaExhaustedError);
  expect(error).toMatchObject({type: 'BudgetExceeded', retryable: false});
  expectNoSecret(error as Error);
  expect(server.received).toHaveLength(1);
});

describe('too many requests', () => {
  const info = {'@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.5s'};
  test.each([
    ['openai' as const, openai('tokens', 'rate_limit_exceeded'), {'retry-after-ms': '1500'}, 1500],
    ['openai' as const, openai('requests', 'rate_limit_exceeded'), {}, null],
    ['anthropic' as const, anthropic('rate_limit_error'), {'retry-after': '7'}, 7000],
    ['anthropic' as const, anthropic('rate_limit_error'), {}, null],
    ['google' as const, google(429, 'RESOURCE_EXHAUSTED', '', [info]), {}, 34_500],
    ['google' as const, google(429, 'RESOURCE_EXHAUSTED'), {'retry-after': '3'}, 3000],
    ['google' as const, google(429, 'RESOURCE_EXHAUSTED'), {}, null],
  ])('%s: %o', async (vendor, body, headers, wait) => {
    const error = await failure(vendor, json(body, 429, headers));
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({retryAfterMs: wait});
  });
});

describe('a vendor that fails', () => {
  test.each([
    ['openai' as const, 500, openai('server_error', null)],
    ['openai' as const, 503, openai('server_error', 'overloaded')],
    ['anthropic' as const, 500, anthropic('api_error')],
    ['anthropic' as const, 529, anthropic('overloaded_error', 'Overloaded')],
    ['google' as const, 503, google(503, 'UNAVAILABLE')],
    ['google' as const, 504, '<html>gateway time-out</html>'],
    ['anthropic' as const, 502, '<html>bad gateway</html>'],
    ['openai' as const, 302, ''],
    ['openai' as const, 408, openai('timeout', null)],
    ['anthropic' as const, 409, anthropic('conflict_error')],
    ['google' as const, 503, [google(503, 'UNAVAILABLE')]],
  ])('%s %d', async (vendor, status, body) => {
    const error = await failure(vendor, json(body, status));
    expect(error).toBeInstanceOf(VendorUnavailableError);
    expect(error).toMatchObject({status, type: 'Unavailable'});
  });

  test('is named with the words of its own, whatever they stand in', async () => {
    const error = await failure('google', json([google(503, 'UNAVAILABLE')], 503));
    expect(error.message).toMatch(/ answered 503 \(UNAVAILABLE\): try again shortly$/);
  });

  test.each(['openai', 'anthropic'] as const)(
    '%s that says that another attempt won’t help',
    async (vendor) => {
      await using server = await vendorServer(json({}, 500, {'x-should-retry': 'false'}));
      await using opened = open(vendor, server.url);
      await expect(opened.model.complete(ASK)).rejects.toMatchObject({final: true});
      expect(server.received).toHaveLength(1);
    },
  );

  test.each(['openai', 'anthropic', 'google'] as const)('%s that is not there', async (vendor) => {
    await using opened = open(vendor, 'http://127.0.0.1:1', {attempts: 1});
    await expect(opened.model.complete(ASK)).rejects.toThrow(
      `${vendor} at http://127.0.0.1:1${vendor === 'openai' ? '/v1' : ''} cannot be reached, or ended the connection`,
    );
  });
});

test.each([
  ['openai' as const, 400, openai('invalid_request_error', 'unsupported_parameter')],
  ['anthropic' as const, 400, anthropic('invalid_request_error', 'tools.0.name')],
  ['google' as const, 400, google(400, 'INVALID_ARGUMENT', 'schema')],
  ['openai-compatible' as const, 422, {detail: [{msg: SECRET}]}],
])('a request that the vendor does not take: %s %d', async (vendor, status, body) => {
  const error = await failure(vendor, json(body, status));
  expect(error).toMatchObject({type: 'InvalidInput'});
  expect(error.message).toMatch(/does not take this request/);
});

test('a request that OpenAI does not take: the parameter is named, as far as it is a name', async () => {
  const body = (param: string) => ({
    error: {...openai('invalid_request_error', 'unsupported_value').error, param},
  });
  const named = await failure('openai', json(body('temperature'), 400));
  expect(named.message).toContain('answered 400 (invalid_request_error unsupported_value temperature): "gpt');
  const other = await failure('openai', json(body(`messages["${SECRET}"]`), 400));
  expect(other.message).toContain('answered 400 (invalid_request_error unsupported_value): "gpt');
});

const VENDORS = ['openai', 'anthropic', 'google'] as const;

describe.each(VENDORS)('%s: no answer', (vendor) => {
  test('in time', async () => {
    const error = await failure(vendor, silence, {timeoutMs: 30});
    expect(error).toBeInstanceOf(TimedOutError);
    expect(error.message).toMatch(/ gave no answer of "[\w.-]+" in 30 ms$/);
  });

  test('silence in the middle of a body', async () => {
    const half: Play = (response) => {
      response.writeHead(200, {'content-type': 'application/json'});
      response.write('{"id": "');
    };
    const error = await failure(vendor, half, {idleMs: 30});
    expect(error).toBeInstanceOf(TimedOutError);
    expect(error.message).toMatch(/ fell silent in the middle of an answer$/);
  });

  test.each([
    ['no JSON', `{"choices": "${SECRET}`],
    ['a list', '[]'],
    ['null', 'null'],
    ['another shape', '{"candidates": 7, "content": 7, "choices": 7}'],
    ['nothing', ''],
  ])('but %s', async (_name, body) => {
    expect(await failure(vendor, json(body))).toBeInstanceOf(UnreadableAnswerError);
  });

  test('but a page', async () => {
    const page: Play = (response) => {
      response.writeHead(200, {'content-type': 'text/html'}).end(`<html>${SECRET}`);
    };
    expect(await failure(vendor, page)).toBeInstanceOf(UnreadableAnswerError);
  });
});

const BEGINNING: Readonly<Record<(typeof VENDORS)[number], readonly unknown[]>> = {
  openai: [
    {
      id: 'c',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      choices: [{index: 0, delta: {role: 'assistant', content: 'Hi'}, finish_reason: null}],
    },
  ],
  anthropic: [
    {type: 'message_start', message: {id: 'm', model: 'm', content: [], usage: {input_tokens: 1}}},
    {type: 'content_block_start', index: 0, content_block: {type: 'text', text: 'Hi'}},
  ],
  google: [{candidates: [{content: {parts: [{text: 'Hi'}]}, index: 0}]}],
};
const ERROR_EVENT: typeof BEGINNING = {
  openai: [openai('server_error', null)],
  anthropic: [anthropic('overloaded_error')],
  google: [google(503, 'UNAVAILABLE')],
};
const NO_JSON = `{"${SECRET}`;
const NAMELESS: typeof BEGINNING = {
  openai: [NO_JSON],
  // Anthropic's SDK passes over events without a name.
  anthropic: [],
  google: [NO_JSON],
};

describe.each(VENDORS)('%s: a stream that', (vendor) => {
  const begun = BEGINNING[vendor];

  async function broken(play: Play, options: OpenedOptions = {}) {
    await using server = await vendorServer(play);
    await using opened = open(vendor, server.url, options);
    const pieces: unknown[] = [];
    const error = await (async () => {
      for await (const piece of opened.model.stream(ASK)) pieces.push(piece);
      return expect.unreachable('it ended well');
    })().catch((reason: unknown) => reason as BrokeOffError);
    expectNoSecret(error);
    return {error, pieces: pieces.length, asked: server.received.length};
  }

  test('is cut off', async () => {
    const {error, pieces, asked} = await broken(events(begun, 'cut'));
    expect(error).toBeInstanceOf(BrokeOffError);
    expect(error.failure).toBeInstanceOf(VendorUnavailableError);
    expect([pieces, asked]).toEqual([begun.length, 1]);
    expect(error.message).toMatch(/^the answer broke off: \w+ at http.* cannot be reached, or ended/);
  });

  test('falls silent', async () => {
    const {error, asked} = await broken(events(begun, 'hang'), {idleMs: 30});
    expect(error).toBeInstanceOf(BrokeOffError);
    expect(error.failure).toBeInstanceOf(TimedOutError);
    expect(asked).toBe(1);
  });

  test('ends without a finish', async () => {
    const {error} = await broken(events(begun));
    expect(error).toBeInstanceOf(BrokeOffError);
    expect(error.failure).toBeInstanceOf(UnreadableAnswerError);
    expect(error.message).toMatch(/ ended a stream without a finish$/);
  });

  test('tells of an error', async () => {
    const {error, pieces} = await broken(events([...begun, ...ERROR_EVENT[vendor]]));
    expect(error).toBeInstanceOf(BrokeOffError);
    expect(error.failure).toBeInstanceOf(VendorUnavailableError);
    expect(pieces).toBe(begun.length);
  });

  test('is no JSON', async () => {
    const {error} = await broken(events([...begun, ...NAMELESS[vendor]]));
    expect(error).toBeInstanceOf(BrokeOffError);
    expect(error.failure).toBeInstanceOf(UnreadableAnswerError);
  });

  test('has no piece is asked for again, and so is one that begins with an error', async () => {
    const {error, pieces, asked} = await broken(events([]));
    expect(error).toBeInstanceOf(UnreadableAnswerError);
    expect([pieces, asked]).toEqual([0, 3]);
    const begins = await broken(events(ERROR_EVENT[vendor]));
    expect(begins.error).toBeInstanceOf(VendorUnavailableError);
    expect([begins.pieces, begins.asked]).toEqual([0, 3]);
  });

  test('does not begin in time', async () => {
    const {error, asked} = await broken(silence, {timeoutMs: 20, attempts: 2});
    expect(error).toBeInstanceOf(TimedOutError);
    expect(asked).toBe(2);
  });
});

describe.each(VENDORS)('%s: who asks gives up', (vendor) => {
  test('before the answer', async () => {
    await using server = await vendorServer(silence);
    await using opened = open(vendor, server.url);
    const reason = new Error('the user left');
    const gaveUp = AbortSignal.abort(reason);
    await expect(opened.model.complete(ASK, {signal: gaveUp})).rejects.toBe(reason);
    expect(server.received).toHaveLength(0);
    const controller = new AbortController();
    const asking = opened.model.complete(ASK, {signal: controller.signal});
    while (server.received.length === 0) await new Promise(setImmediate);
    controller.abort(reason);
    await expect(asking).rejects.toBe(reason);
  });

  test('in the middle of a stream, and the vendor is told', async () => {
    let closed = false;
    const play: Play = (response, received) => {
      response.on('close', () => (closed = true));
      void events(BEGINNING[vendor], 'hang')(response, received);
    };
    await using server = await vendorServer(play);
    await using opened = open(vendor, server.url);
    const reason = new Error('the user left');
    const controller = new AbortController();
    await expect(async () => {
      for await (const piece of opened.model.stream(ASK, {signal: controller.signal}))
        if (piece.id !== '') controller.abort(reason);
    }).rejects.toBe(reason);
    while (!closed) await new Promise(setImmediate);
    closed = false;
    for await (const piece of opened.model.stream(ASK)) if (piece.id !== '') break;
    while (!closed) await new Promise(setImmediate);
    expect(
      await allOf(opened.model.stream(ASK, {signal: AbortSignal.abort(reason)})).catch((one: unknown) => one),
    ).toBe(reason);
  });
});
