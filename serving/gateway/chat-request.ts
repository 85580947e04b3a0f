import {z} from 'zod';
import {issueWords} from '../../schemas/explain-issue.ts';
import {GatewayError} from './gateway-error.ts';

/**
 * A list whose items are looked at up to the first that is wrong: who sends ten thousand wrong ones gets one refusal, and takes
 * the time of one.
 */
function listOf<Item extends z.ZodType>(item: Item) {
  const all = z.array(z.unknown()).meta({items: item});
  return all.transform((list, context): z.output<Item>[] => {
    const read: z.output<Item>[] = [];
    for (const [i, value] of list.entries()) {
      const parsed = item.safeParse(value);
      if (!parsed.success) {
        const issue = parsed.error.issues[0]!;
        context.addIssue({code: 'custom', message: issueWords(issue), path: [i, ...issue.path]});
        return z.NEVER;
      }
      read.push(parsed.data);
    }
    return read;
  });
}

const TextPart = z.object({type: z.literal('text'), text: z.string()});
const TEXT_ALONE = 'this gateway takes text parts only';
const Message = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content: z.union([z.string(), listOf(TextPart), z.null()], TEXT_ALONE).optional(),
});

/** OpenAI's own limits: https://platform.openai.com/docs/api-reference/chat/create#chat-create-metadata */
const METADATA = {entries: 16, key: 64, value: 512} as const;
const Metadata = z
  .custom<Record<string, string>>((given) => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return false;
    const keys = Object.keys(given);
    return (
      keys.length <= METADATA.entries &&
      keys.every((key) => {
        const value = (given as Record<string, unknown>)[key];
        return key.length <= METADATA.key && typeof value === 'string' && value.length <= METADATA.value;
      })
    );
  }, `expected at most ${METADATA.entries} texts of ${METADATA.value} characters, by keys of ${METADATA.key}`)
  .meta({
    type: 'object',
    maxProperties: METADATA.entries,
    propertyNames: {type: 'string', maxLength: METADATA.key},
    additionalProperties: {type: 'string', maxLength: METADATA.value},
  });

/** What this gateway does not do: as if it had been taken, the answer would be another than was asked for. */
const unsupported = (message: string) => ({message, params: {code: 'unsupported_parameter'}});
const isEmpty = (list: readonly unknown[]): boolean => list.length === 0;

/**
 * POST /v1/chat/completions. The release decides how is generated: temperature, stop and the like are read and not used.
 * `meta` says to docs/openapi.json what a refinement or a transform hides from it; `items` is the items' own schema.
 */
export const ChatRequest = z.object({
  model: z.string(),
  messages: z.array(z.unknown()).min(1).meta({items: Message}).pipe(listOf(Message)),
  stream: z.boolean().nullish(),
  stream_options: z.object({include_usage: z.boolean().nullish()}).nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  n: z.literal(1, 'one answer a request').nullish(),
  tools: z
    .array(z.unknown())
    .refine(isEmpty, unsupported('tools are not served here'))
    .meta({maxItems: 0})
    .nullish(),
  functions: z
    .array(z.unknown())
    .refine(isEmpty, unsupported('functions are not served here'))
    .meta({maxItems: 0})
    .nullish(),
  response_format: z
    .object({type: z.string()})
    .refine(
      ({type}) => type === 'text',
      unsupported('the release decides the form of its answers: only {"type": "text"} is taken'),
    )
    .meta({properties: {type: {const: 'text'}}})
    .nullish(),
  logprobs: z
    .boolean()
    .refine((wanted) => !wanted, unsupported('log-probabilities are not served here'))
    .meta({const: false})
    .nullish(),
  modalities: z
    .array(z.unknown())
    .refine((all) => all.every((one) => one === 'text'), unsupported('only text is served here'))
    .meta({items: {const: 'text'}})
    .nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  presence_penalty: z.number().nullish(),
  frequency_penalty: z.number().nullish(),
  seed: z.int().nullish(),
  stop: z.union([z.string(), listOf(z.string())], 'expected a text or a list of texts').nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  /** `row`: the id of the row that is asked about, copied into the trace. */
  metadata: Metadata.nullish(),
});
export type ChatRequest = z.infer<typeof ChatRequest>;

/** Throws GatewayError 400 that names the parameter. */
export function parseChatRequest(body: unknown): ChatRequest {
  const parsed = ChatRequest.safeParse(body);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error);
}

/** The first thing wrong with a body, in no words of its own; no parameter where it is the whole of it. */
export function invalid({issues}: z.ZodError): GatewayError {
  const issue = issues[0]!;
  const param = issue.path.join('.');
  const code =
    issue.code === 'custom' ? String(issue.params?.['code'] ?? 'invalid_request') : 'invalid_request';
  // The message names them all.
  const message =
    issue.code === 'unrecognized_keys' ? 'has a field that is not known here' : issueWords(issue);
  return new GatewayError(400, code, `${param || 'body'}: ${message}`, param === '' ? {} : {param});
}

/** `mail/triage` → its task. Throws GatewayError 404 for another project or no task. */
export function taskOf(model: string, project: string): string {
  const [named, task, ...rest] = model.split('/');
  if (named === project && task !== undefined && task !== '' && rest.length === 0) return task;
  throw noSuchModel(model, project);
}

/** A name may be repeated; what is as long as a letter, or made of other characters than names, may not. */
const named = (model: string): string => (/^[\w.:/-]{1,64}$/.test(model) ? ` "${model}"` : '');

export function noSuchModel(model: string, project: string): GatewayError {
  return new GatewayError(
    404,
    'model_not_found',
    `the model${named(model)} does not exist: expected "${project}/TASK", GET /v1/models lists them`,
    {param: 'model'},
  );
}

export function textOf(message: ChatRequest['messages'][number]): string {
  if (typeof message.content === 'string') return message.content;
  return (message.content ?? []).map((part) => part.text).join('\n');
}

/** The text a task is asked about: the last user message's. Throws GatewayError 400 if there is none. */
export function askedText(request: ChatRequest): string {
  const last = request.messages.findLast(({role}) => role === 'user');
  const text = last === undefined ? '' : textOf(last);
  if (text !== '') return text;
  throw new GatewayError(400, 'invalid_request', 'messages: expected a user message with text', {
    param: 'messages',
  });
}
