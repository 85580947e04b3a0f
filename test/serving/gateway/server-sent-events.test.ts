import {expect, test} from 'vitest';
import {eventData} from '../../../serving/gateway/server-sent-events.ts';

async function* pieces(...texts: string[]): AsyncGenerator<string, void, undefined> {
  for (const text of texts) yield text;
}

async function dataOf(...texts: string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const data of eventData(pieces(...texts))) found.push(data);
  return found;
}

test.each([
  ['line feeds', 'data: a\n\ndata: b\n\n', ['a', 'b']],
  ['carriage returns and line feeds', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
  ['carriage returns', 'data: a\r\rdata: b\r\r', ['a', 'b']],
  ['all of them in turn', 'data: a\r\n\rdata: b\n\r\n', ['a', 'b']],
  ['no blank after the colon', 'data:{"x": 1}\n\n', ['{"x": 1}']],
  ['one blank after the colon is no part of the data', 'data:  a \n\n', [' a ']],
  ['other fields', 'id: 7\nevent: chunk\nretry: 10\ndata: a\nwhat\n\n', ['a']],
  ['comments', ': ping\n\n: ping\ndata: a\n: ping\n\n', ['a']],
  ['several lines of data', 'data: {\ndata:  "x": 1\ndata: }\n\n', ['{\n "x": 1\n}']],
  ['a field without a colon is empty', 'data\n\ndata\ndata\n\n', ['', '\n']],
  ['a byte order mark', '\ufeffdata: a\n\n', ['a']],
  ['a second mark is no mark', '\ufeff\ufeffdata: a\n\n', []],
  ['events without data', 'event: ping\n\n\n\ndata: a\n\n', ['a']],
  ['another field that begins alike', 'database: a\n\n', []],
  ['an event that the end cuts off', 'data: a\n\ndata: b\n', ['a']],
])('%s', async (_name, text, expected) => {
  expect(await dataOf(text)).toEqual(expected);
  for (let at = 0; at <= text.length; at++)
    expect(await dataOf(text.slice(0, at), text.slice(at))).toEqual(expected);
  expect(await dataOf(...text)).toEqual(expected);
});

test('an event is there as soon as its blank line is, not when the next begins', async () => {
  const events = eventData(
    (async function* () {
      yield 'data: a\r\n\r';
      throw new Error('read on');
    })(),
  );
  expect(await events.next()).toEqual({done: false, value: 'a'});
});
