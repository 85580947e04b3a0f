import {expect, test} from 'vitest';
import {SLICES} from '../../../core/curation/slices.ts';
import {transformRecord, type TransformConfig} from '../../../core/curation/transform.ts';

const key = new Uint8Array(32).fill(1);
const SIGNED = 'Write to anna@example.org about it.';
const HTML = [
  'From: a@example.org',
  'Subject: Hello',
  'Content-Type: text/html',
  '',
  `<html><body><p>${SIGNED}</p></body></html>`,
].join('\r\n');
const CALL = {id: 'c', type: 'function', function: {name: 'find', arguments: '{}'}};

/** A record that has every slice of its format. */
const RECORDS: Record<keyof typeof SLICES, unknown> = {
  mail: Buffer.from(HTML),
  record: {body: SIGNED},
  text: SIGNED,
  chat: [
    {role: 'user', content: SIGNED},
    {role: 'assistant', content: null, tool_calls: [CALL]},
  ],
};

test.each(Object.keys(SLICES) as (keyof typeof SLICES)[])(
  'the slices of %s are those that the transform gives',
  async (format) => {
    const config: TransformConfig = {format, fields: ['body'], pii: ['email']};
    const result = await transformRecord(RECORDS[format], config, key);
    expect(result.status === 'ok' && result.value.slices).toEqual(SLICES[format]);
  },
);
