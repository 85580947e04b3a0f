import {expect, test} from 'vitest';
import {EventReader} from '../../../serving/gateway/server-sent-events.ts';

function dataOf(...pieces: string[]): string[] {
  const found: string[] = [];
  const events = new EventReader((data) => found.push(data));
  for (const piece of pieces) events.take(piece);
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
])('%s', (_name, text, expected) => {
  expect(dataOf(text)).toEqual(expected);
  for (let at = 0; at <= text.length; at++)
    expect(dataOf(text.slice(0, at), text.slice(at))).toEqual(expected);
  expect(dataOf(...text)).toEqual(expected);
});

test('an event is there as soon as its blank line is, not when the next begins', () => {
  expect(dataOf('data: a\r\n\r')).toEqual(['a']);
});
