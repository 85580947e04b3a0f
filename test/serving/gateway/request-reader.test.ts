import {afterEach, beforeEach, expect, test} from 'vitest';
import {RequestReader} from '../../../serving/gateway/request-reader.ts';
import type {Reading} from '../../../serving/gateway/reading.ts';

let reader: RequestReader;
beforeEach(() => (reader = new RequestReader({key: Buffer.alloc(32, 7), deadlineMs: 60_000})));
afterEach(() => reader.close());

/** None of them can take more than a text's length, and together they take some 20 µs a character of `aaa…`. */
const DEAR_PATTERNS = Array.from({length: 150}, (_, i) => `${'[ab]'.repeat(60)}c${i}`);

function read(text: string, lane: string, patterns: readonly string[] = []): Promise<unknown> {
  const config: Reading['config'] = {format: 'record', fields: ['body'], pii: []};
  return reader.read({content: {body: text}, texts: [text], config, patterns}, text.length, lane);
}

test('short texts are read at once, and none of them counts', async () => {
  for (let i = 0; i < 200; i++) await read('Shall we have lunch on Monday?', 'a');
  expect(reader.threads).toBe(0);
});

test('a key whose short texts are dear has them read in a thread, too', async () => {
  const dear = () => read('a'.repeat(2000), 'a', DEAR_PATTERNS);
  expect(reader.threads).toBe(0);
  for (let i = 0; i < 40 && reader.threads === 0; i++) await dear();
  expect(reader.threads).toBe(1);
  expect(await read('Lunch?', 'a')).toMatchObject({result: {status: 'ok'}, blocked: false});
});

test('long texts, and patterns that may take long, need no such history', async () => {
  await read('a'.repeat(20_000), 'a');
  expect(reader.threads).toBe(1);
});
