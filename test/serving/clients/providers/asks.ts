import type {ChatAsk} from '../../../../serving/clients/providers/chat-model.ts';

/** 1 × 1 pixel. */
export const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

export const HELLO: ChatAsk = {
  messages: [{role: 'user', content: 'hello'}],
  max_completion_tokens: 100,
};

export const WEATHER = {
  type: 'function' as const,
  function: {
    name: 'weather',
    description: 'The weather of a city',
    parameters: {type: 'object', properties: {city: {type: 'string'}}, required: ['city']},
  },
};

export const SCHEMA = {
  type: 'object',
  properties: {label: {type: 'string', enum: ['spam', 'ham']}},
  required: ['label'],
  additionalProperties: false,
};

/** A conversation with everything that every vendor takes: instructions, images, calls of several tools at once, and their results. */
export const CONVERSATION: ChatAsk = {
  messages: [
    {role: 'system', content: 'Be brief.'},
    {role: 'developer', content: [{type: 'text', text: 'Answer in English.'}]},
    {
      role: 'user',
      content: [
        {type: 'text', text: 'Which cities are these, and how is their weather?'},
        {type: 'image_url', image_url: {url: `data:image/png;base64,${PIXEL}`}},
        {type: 'image_url', image_url: {url: 'https://example.com/b.jpg', detail: 'auto'}},
      ],
    },
    {
      role: 'assistant',
      content: 'I look it up.',
      tool_calls: [
        {id: 'call_1', type: 'function', function: {name: 'weather', arguments: '{"city":"Bern"}'}},
        {id: 'call_2', type: 'function', function: {name: 'weather', arguments: '{"city":"Ulm"}'}},
      ],
    },
    {role: 'tool', tool_call_id: 'call_1', content: 'rain'},
    {role: 'tool', tool_call_id: 'call_2', content: [{type: 'text', text: 'sun'}]},
  ],
  tools: [WEATHER],
  tool_choice: 'auto',
  temperature: 0.5,
  top_p: 0.9,
  stop: ['END'],
  max_completion_tokens: 200,
};
