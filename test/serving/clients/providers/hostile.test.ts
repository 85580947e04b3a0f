import {once} from 'node:events';
import {describe, expect, test} from 'vitest';
import {
  BrokeOffError,
  UnreadableAnswerError,
  VendorUnavailableError,
} from '../../../../serving/clients/providers/failures.ts';
import {HELLO, WEATHER} from './asks.ts';
import {allOf, KEY, open, together} from './open-for-test.ts';
import {events, json, vendorServer, type Play} from './vendor-server.ts';

const VENDORS = ['openai', 'anthropic', 'google'] as const;
type Vendor = (typeof VENDORS)[number];

/** An answer whose one call has this name and these arguments. */
function calling(vendor: Vendor, name: string, args: string): string {
  const quoted = JSON.stringify(name);
  switch (vendor) {
    case 'openai':
      return `{"id":"c","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":${quoted},"arguments":${JSON.stringify(args)}}}]}}]}`;
    case 'anthropic':
      return `{"id":"m","type":"message","stop_reason":"tool_use","usage":{},"content":[{"type":"tool_use","id":"a","name":${quoted},"input":${args}}]}`;
    case 'google':
      return `{"candidates":[{"finishReason":"STOP","content":{"parts":[{"functionCall":{"id":"a","name":${quoted},"args":${args}}}]}}]}`;
  }
}
const textEvents = (vendor: Vendor, text: string, times: number): unknown[] => {
  const all = Array.from({length: times}, () => text);
  switch (vendor) {
    case 'openai': {
      const chunk = (delta: object, finish: string | null = null) => ({
        id: 'c',
        choices: [{index: 0, delta, finish_reason: finish}],
      });
      return [...all.map((content) => chunk({content})), chunk({}, 'stop'), '[DONE]'];
    }
    case 'anthropic':
      return [
        {type: 'message_start', message: {id: 'm', model: 'm', usage: {}}},
        ...all.map((one) => ({
          type: 'content_block_delta',
          index: 0,
          delta: {type: 'text_delta', text: one},
        })),
        {type: 'message_delta', delta: {stop_reason: 'end_turn'}, usage: {}},
        {type: 'message_stop'},
      ];
    case 'google':
      return [
        ...all.map((one) => ({candidates: [{content: {parts: [{text: one}]}}]})),
        {candidates: [{finishReason: 'STOP'}]},
      ];
  }
};

/** Sends megabytes until the other side hangs up. */
const endless =
  (type: string, megabyte: string): Play =>
  async (response) => {
    response.writeHead(200, {'content-type': type});
    const closed = once(response, 'close');
    for (let sent = 0; sent < 100 && !response.destroyed; sent++)
      if (!response.write(megabyte)) await Promise.race([once(response, 'drain'), closed]);
    response.end();
  };

describe.each(VENDORS)('%s', (vendor) => {
  test('an answer of 100 MB is ended at the limit', async () => {
    await using server = await vendorServer(endless('application/json', ' '.repeat(1 << 20)));
    await using opened = open(vendor, server.url, {maxAnswerBytes: 4 << 20, attempts: 1});
    await expect(opened.model.complete(HELLO)).rejects.toThrow(/ sent a longer answer than is taken$/);
  });

  test('so is a stream of one event without an end', async () => {
    await using server = await vendorServer(endless('text/event-stream', `data: ${' '.repeat(1 << 20)}`));
    await using opened = open(vendor, server.url, {attempts: 1});
    await expect(allOf(opened.model.stream(HELLO))).rejects.toBeInstanceOf(UnreadableAnswerError);
  });

  test('and one of many events', async () => {
    const all = textEvents(vendor, 'x'.repeat(1000), 1000);
    await using server = await vendorServer(events(all));
    await using opened = open(vendor, server.url, {maxAnswerBytes: 500_000, attempts: 1});
    const error = await allOf(opened.model.stream(HELLO)).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(BrokeOffError);
    expect((error as Error).message).toMatch(/ sent a longer answer than is taken$/);
  });

  test('an error page of 100 MB too', async () => {
    const page: Play = async (response, received) => {
      response.statusCode = 500;
      const write = response.writeHead.bind(response);
      response.writeHead = ((_status: number, headers: object) => write(500, headers as never)) as never;
      await endless('application/json', ' '.repeat(1 << 20))(response, received);
    };
    await using server = await vendorServer(page);
    await using opened = open(vendor, server.url, {maxAnswerBytes: 4 << 20, attempts: 1});
    await expect(opened.model.complete(HELLO)).rejects.toMatchObject({type: 'Unavailable'});
  });

  test('a long stream arrives whole, in order, however its reader dawdles', async () => {
    const all = textEvents(vendor, '0123456789'.repeat(200), 2000);
    await using server = await vendorServer(events(all));
    await using opened = open(vendor, server.url);
    const pieces = [];
    for await (const piece of opened.model.stream(HELLO)) {
      if (pieces.push(piece) % 100 === 0) await new Promise(setImmediate);
    }
    expect(together(pieces).text).toBe('0123456789'.repeat(400_000));
  });

  test('deep JSON, in arguments and all over', async () => {
    const deep = `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`;
    await using server = await vendorServer(json(calling(vendor, 'weather', deep)), json(deep));
    await using opened = open(vendor, server.url, {attempts: 1});
    const answer = await opened.model.complete({...HELLO, tools: [WEATHER]}).then(
      ({completion}) => completion.choices[0]!.message.tool_calls![0],
      (error: unknown) => error,
    );
    // Who passes arguments on as text doesn't mind their depth.
    if (vendor === 'openai') expect(answer).toMatchObject({function: {arguments: deep}});
    else expect(answer).toBeInstanceOf(UnreadableAnswerError);
    await expect(opened.model.complete(HELLO)).rejects.toBeInstanceOf(UnreadableAnswerError);
  });

  test('control characters and prototypes in the name and arguments of a tool are passed on as they are', async () => {
    const name = 'rm\u0000\u001b[2J\u202e"\n';
    const args = '{"__proto__":{"admin":true},"constructor":1}';
    await using server = await vendorServer(json(calling(vendor, name, args)));
    await using opened = open(vendor, server.url);
    const {completion} = await opened.model.complete({...HELLO, tools: [WEATHER]});
    expect(completion.choices[0]!.message.tool_calls).toMatchObject([{function: {name, arguments: args}}]);
    expect(({} as {admin?: boolean}).admin).toBeUndefined();
  });

  test('words of an error that are no words are not repeated', async () => {
    const word = `${KEY} \u001b[31m ${'x'.repeat(100)}`;
    const body = {
      type: 'error',
      error: {type: word, code: word, status: word, message: word, details: [{reason: word}, null, 7]},
    };
    await using server = await vendorServer(json(body, 500, {'retry-after': 'a year', 'x-request-id': KEY}));
    await using opened = open(vendor, server.url, {attempts: 1});
    const error = await opened.model.complete(HELLO).catch((one: unknown) => one as Error);
    expect(error).toBeInstanceOf(VendorUnavailableError);
    expect((error as Error).message).toMatch(/ answered 500: try again shortly$/);
  });

  test('no redirect is followed: the key goes nowhere else', async () => {
    await using other = await vendorServer(json({}));
    await using server = await vendorServer(json('', 307, {location: `${other.url}/v1/steal`}));
    await using opened = open(vendor, server.url, {attempts: 1});
    await expect(opened.model.complete(HELLO)).rejects.toMatchObject({status: 307});
    expect(other.received).toEqual([]);
  });
});

test('a kept connection that the vendor has closed is made anew, at once and once', async () => {
  let connections = 0;
  const play: Play = (response, received) => {
    connections++;
    if (connections === 2) return void response.socket!.destroy();
    return json(calling('openai', 'weather', '{}'))(response, received);
  };
  await using server = await vendorServer(play);
  await using opened = open('openai', server.url);
  await opened.model.complete(HELLO);
  await opened.model.complete(HELLO);
  expect(connections).toBe(3);
  expect(opened.waits).toEqual([]);
});
