import {describe, expect, it} from 'vitest';
import {scrubJson} from '../../../../core/curation/chat/scrub-json.ts';
import {ENTITIES} from '../../../../schemas/names.ts';
import {scrub} from '../../../../core/curation/pii/scrub.ts';
import {transformRecord} from '../../../../core/curation/transform.ts';
import type {Message} from '../../../../schemas/row.ts';

const key = Buffer.alloc(32, 7);
const json = (text: string): string =>
  scrubJson(text, (value) => scrub(value, {entities: ENTITIES, key}).text);
const masked = (text: string): string => text.replace(/_[0-9a-f]{8}>/g, '>');

describe('the arguments of a tool call', () => {
  it.each([
    ['{"phone":4155552671}', '{"phone":"<PHONE>"}'],
    ['{"phone" : "4155552671", "n": [1, 2.5e3]}', '{"phone" : "<PHONE>", "n": [1, 2.5e3]}'],
    // Of a long key the end is looked at, wherever that cuts it.
    [`{"${'a'.repeat(50)} phone":4155552671}`, `{"${'a'.repeat(50)} phone":"<PHONE>"}`],
    [`{"🐟${'a'.repeat(33)} phone":4155552671}`, `{"🐟${'a'.repeat(33)} phone":"<PHONE>"}`],
    ['{"id": 4155552671}', '{"id": 4155552671}'],
    ['{"card": 4111111111111111}', '{"card": "<CARD>"}'],
    ['{"to": ["ann\\nbob@example.com"], "x": "a\\"b"}', '{"to": ["ann\\n<EMAIL>"], "x": "a\\"b"}'],
    ['{"to": "ann\\u0040example.com"}', '{"to": "<EMAIL>"}'],
    ['{"ann@example.com": true, "x": null}', '{"<EMAIL>": true, "x": null}'],
    ['{"code": "  x = 1\\n"}', '{"code": "  x = 1\\n"}'],
    ['4111111111111111', '"<CARD>"'],
  ])('stay JSON: %s', (text, expected) => {
    const once = json(text);
    expect(masked(once)).toBe(expected);
    expect(() => JSON.parse(once) as unknown).not.toThrow();
    expect(json(once)).toBe(once);
  });

  it.each([
    `{"${'k'.repeat(100_000)}": [${'1,'.repeat(50_000)}1]}`,
    `"${'\\n'.repeat(200_000)}"`,
    '"'.repeat(200_001),
  ])('are scrubbed in linear time, whatever they hold', (text) => {
    const before = process.cpuUsage();
    json(text);
    const {user, system} = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(10);
  });

  it('that are no JSON are scrubbed as text', () => {
    expect(masked(json('to: ann@example.com,'))).toBe('to: <EMAIL>,');
  });
});

describe('a message', () => {
  it('is scrubbed in all that may hold personal data, and changes no more', async () => {
    const messages = [
      {
        role: 'user',
        name: 'ann@example.com',
        content: [
          {type: 'text', text: 'I am ann@example.com'},
          {type: 'image_url', image_url: {url: 'https://ann:secret@example.com/?email=ann@example.com'}},
          {type: 'image_url', image_url: {url: 'data:image/png;base64,+4155552671/ann@example.com'}},
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            id: 'bob@example.com',
            type: 'function',
            function: {name: 'call', arguments: '{"phone":4155552671}'},
          },
        ],
      },
      {role: 'tool', tool_call_id: 'bob@example.com', content: 'done'},
      {role: 'tool', tool_call_id: 'call_415-555-2671', content: 'done'},
    ];
    const config = {format: 'chat' as const, fields: [], pii: [...ENTITIES]};
    const read = async (raw: unknown): Promise<Message[]> => {
      const result = await transformRecord(raw, config, key);
      if (result.status !== 'ok') throw new Error(result.reason);
      return result.value.messages!;
    };
    const scrubbed = await read(messages);
    expect(JSON.parse(masked(JSON.stringify(scrubbed)))).toEqual([
      {
        role: 'user',
        name: '<EMAIL>',
        content: [
          {type: 'text', text: 'I am <EMAIL>'},
          {type: 'image_url', image_url: {url: 'https://<URL_CREDENTIALS>@example.com/?email=<EMAIL>'}},
          messages[0]!.content![2],
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {id: '<EMAIL>', type: 'function', function: {name: 'call', arguments: '{"phone":"<PHONE>"}'}},
        ],
      },
      {role: 'tool', tool_call_id: '<EMAIL>', content: 'done'},
      messages[3],
    ]);
    expect(scrubbed[1]!.tool_calls![0]!.id).toBe(scrubbed[2]!.tool_call_id);
    expect(await read(scrubbed)).toEqual(scrubbed);
  });
});
