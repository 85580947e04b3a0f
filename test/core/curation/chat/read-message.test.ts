import {describe, expect, it} from 'vitest';
import {readMessage} from '../../../../core/curation/chat/read-message.ts';
import {Message} from '../../../../schemas/row.ts';

const call = {id: 'call_1', type: 'function', function: {name: 'find', arguments: '{"q": "x"}'}};

describe('a message', () => {
  it.each<[object, object]>([
    // what OpenAI's SDK dumps: keys that are null, and keys that a row has no place for
    [
      {role: 'assistant', content: 'x', refusal: null, annotations: [], audio: null, tool_calls: null},
      {role: 'assistant', content: 'x'},
    ],
    [
      {role: 'user', content: 'x', name: null, tool_call_id: null},
      {role: 'user', content: 'x'},
    ],
    [
      {role: 'assistant', content: null, tool_calls: [{...call, index: 0}]},
      {role: 'assistant', content: null, tool_calls: [call]},
    ],
    [
      {role: 'assistant', tool_calls: [call]},
      {role: 'assistant', content: null, tool_calls: [call]},
    ],
    [
      {role: 'assistant', content: 'x', tool_calls: []},
      {role: 'assistant', content: 'x'},
    ],
    [
      {
        role: 'user',
        content: [
          {type: 'text', text: 'x', cache_control: {type: 'ephemeral'}},
          {type: 'image_url', image_url: {url: 'http://x/y.png', detail: 'low'}},
          {type: 'input_audio', input_audio: {data: 'AAAA', format: 'wav'}},
        ],
      },
      {
        role: 'user',
        content: [
          {type: 'text', text: 'x'},
          {type: 'image_url', image_url: {url: 'http://x/y.png'}},
          {type: 'input_audio', input_audio: {data: 'AAAA', format: 'wav'}},
        ],
      },
    ],
    [
      {role: 'developer', content: 'x'},
      {role: 'system', content: 'x'},
    ],
    [
      {role: 'tool', content: 'x', name: 'find', tool_call_id: 'call_1'},
      {role: 'tool', content: 'x', name: 'find', tool_call_id: 'call_1'},
    ],
  ])('is read as a row keeps it: %j', (raw, message) => {
    expect(readMessage(raw)).toEqual({status: 'read', message});
    expect(Message.parse(message)).toEqual(message);
  });

  it.each<[unknown, string]>([
    [null, 'is no object'],
    ['hello', 'is no object'],
    [{role: 'robot', content: 'x'}, 'has no known role'],
    [{role: 'constructor', content: 'x'}, 'has no known role'],
    [{content: 'x'}, 'has no known role'],
    [{role: 'user'}, 'has no content'],
    [{role: 'user', content: 5}, 'has no content'],
    [{role: 'user', content: 'x', name: 5}, 'has a name that is no text'],
    [{role: 'tool', content: 'x', tool_call_id: 5}, 'has a tool_call_id that is no text'],
    [{role: 'user', content: [null]}, 'content part 1 is no object'],
    [{role: 'user', content: ['x']}, 'content part 1 is no object'],
    [{role: 'user', content: [{type: 'text', text: 'x'}, {type: 'text'}]}, 'content part 2 has no text'],
    [{role: 'user', content: [{type: 'image_url'}]}, 'content part 1 has no image_url.url'],
    [
      {role: 'user', content: [{type: 'input_audio', input_audio: {}}]},
      'content part 1 has no input_audio.data and format',
    ],
    [
      {role: 'user', content: [{type: 'file', file: {file_id: 'x'}}]},
      'content part 1 is neither text, image_url nor input_audio',
    ],
    [
      {role: 'assistant', content: [{type: 'refusal', refusal: 'x'}]},
      'content part 1 is neither text, image_url nor input_audio',
    ],
    [{role: 'assistant', content: null, tool_calls: {}}, 'has tool calls that are no list'],
    [{role: 'assistant', content: null, tool_calls: [null]}, 'tool call 1 is no object'],
    [
      {role: 'assistant', content: null, tool_calls: [{id: '1', type: 'function'}]},
      'tool call 1 has no function.name',
    ],
    [{role: 'assistant', content: null, tool_calls: [{...call, id: null}]}, 'tool call 1 has no id'],
    [
      {
        role: 'assistant',
        content: null,
        tool_calls: [call, {...call, function: {name: 'f', arguments: {q: 'x'}}}],
      },
      'tool call 2 has no function.arguments as JSON text',
    ],
    [
      {
        role: 'assistant',
        content: null,
        tool_calls: [{id: '1', type: 'custom', custom: {name: 'f', input: 'x'}}],
      },
      'tool call 1 is not of type function',
    ],
  ])('is malformed: %j', (raw, reason) => {
    expect(readMessage(raw)).toEqual({status: 'malformed', reason});
    expect(Message.safeParse(raw).success).toBe(false);
  });
});
