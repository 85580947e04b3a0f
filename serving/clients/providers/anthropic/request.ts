import type Anthropic from '@anthropic-ai/sdk';
import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionContentPart,
  ChatCompletionContentPartRefusal,
} from 'openai/resources';
import {ErrorType, RatchetError} from '../../../../schemas/errors.ts';
import type {ChatAsk} from '../chat-model.ts';
import {dataUrl} from '../data-url.ts';
import {argumentsOf, instructionsOf} from '../messages.ts';

type Body = Anthropic.MessageCreateParamsNonStreaming;
type Block = Anthropic.ContentBlockParam;

/**
 * A Chat Completions request as Anthropic's Messages API takes it; parameters.ts has let through only what it can. Throws
 * InvalidInput where the API needs more than was given.
 */
export function messagesRequest(ask: ChatAsk, model: string): Body {
  const system = instructionsOf(ask);
  const choice = toolChoice(ask);
  const {temperature, top_p: topP, max_completion_tokens: most} = ask;
  if (typeof most !== 'number') {
    throw new RatchetError(
      ErrorType.InvalidInput,
      'max_completion_tokens: anthropic requires it: say how many tokens the answer may have',
    );
  }
  return {
    model,
    max_tokens: most,
    messages: turns(ask),
    ...(system === '' ? {} : {system}),
    ...(typeof temperature === 'number' ? {temperature} : {}),
    ...(typeof topP === 'number' ? {top_p: topP} : {}),
    ...stopSequences(ask),
    ...tools(ask),
    ...(choice === undefined ? {} : {tool_choice: choice}),
    ...output(ask),
    ...user(ask),
  };
}

function stopSequences({stop}: ChatAsk): Partial<Body> {
  if (stop === undefined || stop === null) return {};
  return {stop_sequences: typeof stop === 'string' ? [stop] : stop};
}

/** As OpenAI has it, `safety_identifier` is the newer name of `user`. */
function user({safety_identifier: id, user: older}: ChatAsk): Partial<Body> {
  const name = id ?? older;
  return typeof name === 'string' ? {metadata: {user_id: name}} : {};
}

/** Thinking as the effort asks; what it is without one is the model's own default. */
function output({response_format: format, reasoning_effort: effort}: ChatAsk): Partial<Body> {
  const schema = format?.type === 'json_schema' ? (format.json_schema.schema ?? {}) : null;
  const level = effort === undefined || effort === null || effort === 'none' ? null : effort;
  const config = {
    ...(level === null || level === 'minimal' ? {} : {effort: level}),
    ...(schema === null ? {} : {format: {type: 'json_schema' as const, schema}}),
  };
  return {
    ...(effort === 'none' ? {thinking: {type: 'disabled'}} : {}),
    ...(level === null ? {} : {thinking: {type: 'adaptive'}}),
    ...(Object.keys(config).length === 0 ? {} : {output_config: config}),
  };
}

function tools({tools: all = []}: ChatAsk): Partial<Body> {
  const functions = all.flatMap((tool) => (tool.type === 'function' ? tool.function : []));
  if (functions.length === 0) return {};
  return {
    tools: functions.map(({name, description, parameters, strict}) => ({
      name,
      ...(description === undefined ? {} : {description}),
      input_schema: (parameters ?? {type: 'object', properties: {}}) as Anthropic.Tool.InputSchema,
      ...(strict === true ? {strict} : {}),
    })),
  };
}

function toolChoice({tools: all = [], tool_choice: choice, parallel_tool_calls: parallel}: ChatAsk) {
  if (all.length === 0) return undefined;
  const one = parallel === false ? {disable_parallel_tool_use: true} : {};
  if (typeof choice === 'object' && choice.type === 'function')
    return {type: 'tool' as const, name: choice.function.name, ...one};
  if (choice === 'required') return {type: 'any' as const, ...one};
  if (choice === 'none') return {type: 'none' as const};
  return choice === 'auto' || parallel === false ? {type: 'auto' as const, ...one} : undefined;
}

/** Results of several tools called at once stand in one turn, as their calls do: the API refuses them apart. */
function turns({messages}: ChatAsk): Anthropic.MessageParam[] {
  const all: {role: 'user' | 'assistant'; content: Block[]}[] = [];
  for (const [i, message] of messages.entries()) {
    switch (message.role) {
      case 'system':
      case 'developer':
      case 'function':
        break;
      case 'user':
        all.push({role: 'user', content: blocks(message.content, i)});
        break;
      case 'assistant':
        all.push({role: 'assistant', content: assistantBlocks(message, i)});
        break;
      case 'tool': {
        const {tool_call_id: id, content} = message;
        const result: Block = {
          type: 'tool_result',
          tool_use_id: id,
          content: typeof content === 'string' ? content : (blocks(content, i) as Anthropic.TextBlockParam[]),
        };
        const last = all.at(-1);
        if (last?.content.at(-1)?.type === 'tool_result') last.content.push(result);
        else all.push({role: 'user', content: [result]});
        break;
      }
    }
  }
  return all;
}

function assistantBlocks(message: ChatCompletionAssistantMessageParam, at: number): Block[] {
  const said = message.content ?? message.refusal ?? '';
  const calls = (message.tool_calls ?? []).flatMap((call, i): Block[] =>
    call.type === 'function'
      ? [{type: 'tool_use', id: call.id, name: call.function.name, input: argumentsOf(call, at, i)}]
      : [],
  );
  return [...blocks(said, at), ...calls];
}

type Parts = string | readonly (ChatCompletionContentPart | ChatCompletionContentPartRefusal)[];

/** The API takes no empty text. */
function blocks(content: Parts, at: number): Block[] {
  if (typeof content === 'string') return content === '' ? [] : [{type: 'text', text: content}];
  return content.flatMap((part, i): Block[] => {
    switch (part.type) {
      case 'text':
        return part.text === '' ? [] : [{type: 'text', text: part.text}];
      case 'refusal':
        return [{type: 'text', text: part.refusal}];
      case 'image_url':
        return [{type: 'image', source: imageSource(part.image_url.url, `messages.${at}.content.${i}`)}];
      default:
        return [];
    }
  });
}

function imageSource(url: string, where: string): Anthropic.ImageBlockParam['source'] {
  const data = dataUrl(url, where);
  if (data === null) return {type: 'url', url};
  return {
    type: 'base64',
    media_type: data.mediaType as Anthropic.Base64ImageSource['media_type'],
    data: data.base64,
  };
}
