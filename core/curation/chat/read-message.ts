import type {Message} from '../../../schemas/row.ts';

export type MessageRead =
  | {readonly status: 'read'; readonly message: Message}
  /** What is wrong and in which part, never the content: "content part 2 has no text". */
  | {readonly status: 'malformed'; readonly reason: string};

/**
 * A message in OpenAI's shape as a row keeps one (schemas/row.ts; its check is zod's, which core is free of): keys that are
 * null are absent, keys that a row has no place for are left out, and `developer` is `system`. What no scrubbing sees is made
 * well-formed here.
 */
export function readMessage(raw: unknown): MessageRead {
  if (!isObject(raw)) return malformed('is no object');
  const role = ROLES.get(raw['role']);
  if (role === undefined) return malformed('has no known role');
  const name = raw['name'] ?? undefined;
  const callId = raw['tool_call_id'] ?? undefined;
  if (!isTextOrAbsent(name)) return malformed('has a name that is no text');
  if (!isTextOrAbsent(callId)) return malformed('has a tool_call_id that is no text');
  const calls = readList(raw['tool_calls'] ?? [], 'tool call', readCall);
  if ('fault' in calls) return malformed(calls.fault);
  const content = readContent(raw['content'] ?? null);
  if ('fault' in content) return malformed(content.fault);
  if (content.value === null && calls.value.length === 0) return malformed('has no content');
  return {
    status: 'read',
    message: {
      role,
      content: content.value,
      ...(name === undefined ? {} : {name}),
      ...(calls.value.length === 0 ? {} : {tool_calls: calls.value}),
      ...(callId === undefined ? {} : {tool_call_id: callId}),
    },
  };
}

const ROLES = new Map<unknown, Message['role']>([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['tool', 'tool'],
]);

type ContentPart = Exclude<Message['content'], string | null>[number];
type ToolCall = NonNullable<Message['tool_calls']>[number];
/** A value, or what is wrong with what came. */
type Read<T> = {readonly value: T} | {readonly fault: string};

const malformed = (reason: string): MessageRead => ({status: 'malformed', reason});
const isTextOrAbsent = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string';
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every item of a list, or the fault of the first that has one: "tool call 2 has no function". */
function readList<T>(
  raw: unknown,
  what: string,
  readItem: (item: Readonly<Record<string, unknown>>) => Read<T>,
): Read<T[]> {
  if (!Array.isArray(raw)) return {fault: `has ${what}s that are no list`};
  const value: T[] = [];
  for (const [i, item] of (raw as unknown[]).entries()) {
    const read: Read<T> = isObject(item) ? readItem(item) : {fault: 'is no object'};
    if ('fault' in read) return {fault: `${what} ${i + 1} ${read.fault}`};
    value.push(read.value);
  }
  return {value};
}

function readContent(raw: unknown): Read<Message['content']> {
  if (raw === null || typeof raw === 'string') return {value: raw};
  return Array.isArray(raw) ? readList(raw, 'content part', readPart) : {fault: 'has no content'};
}

function readPart({
  type,
  text,
  image_url: image,
  input_audio: audio,
}: Readonly<Record<string, unknown>>): Read<ContentPart> {
  switch (type) {
    case 'text':
      return typeof text === 'string' ? {value: {type, text}} : {fault: 'has no text'};
    case 'image_url':
      return isObject(image) && typeof image['url'] === 'string'
        ? {value: {type, image_url: {url: image['url'].toWellFormed()}}}
        : {fault: 'has no image_url.url'};
    case 'input_audio':
      return isObject(audio) && typeof audio['data'] === 'string' && typeof audio['format'] === 'string'
        ? {
            value: {
              type,
              input_audio: {data: audio['data'].toWellFormed(), format: audio['format'].toWellFormed()},
            },
          }
        : {fault: 'has no input_audio.data and format'};
    default:
      return {fault: 'is neither text, image_url nor input_audio'};
  }
}

function readCall({id, type, function: called}: Readonly<Record<string, unknown>>): Read<ToolCall> {
  if (type !== 'function') return {fault: 'is not of type function'};
  if (typeof id !== 'string') return {fault: 'has no id'};
  if (!isObject(called) || typeof called['name'] !== 'string') return {fault: 'has no function.name'};
  if (typeof called['arguments'] !== 'string') return {fault: 'has no function.arguments as JSON text'};
  const name = called['name'].toWellFormed();
  return {value: {id, type, function: {name, arguments: called['arguments']}}};
}
