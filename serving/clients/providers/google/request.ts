import type {
  Content,
  FunctionCallingConfig,
  FunctionCallingConfigMode,
  GenerateContentConfig,
  GenerateContentParameters,
  Part,
  ThinkingConfig,
  ThinkingLevel,
} from '@google/genai';
import type {ChatCompletionContentPart, ChatCompletionContentPartRefusal} from 'openai/resources';
import {ErrorType, RatchetError} from '../../../../schemas/errors.ts';
import type {ChatAsk} from '../chat-model.ts';
import {dataUrl} from '../data-url.ts';
import {UnsupportedParameterError} from '../failures.ts';
import {argumentsOf, instructionsOf} from '../messages.ts';
import {NO_SIGNATURE, signatureOf} from './thought-signature.ts';

/**
 * A Chat Completions request as Gemini's generateContent takes it; parameters.ts has let through only what it can. Throws
 * InvalidInput where a tool's result answers no call.
 */
export function generateRequest(ask: ChatAsk, model: string): GenerateContentParameters {
  const system = instructionsOf(ask);
  const {temperature, top_p: topP, n, seed, stop, max_completion_tokens: most} = ask;
  return {
    model,
    contents: contents(ask),
    config: {
      // The SDK would call tools and go on by itself, in further requests.
      automaticFunctionCalling: {disable: true},
      automaticContinuation: false,
      ...(system === '' ? {} : {systemInstruction: system}),
      ...defined({
        temperature,
        topP,
        candidateCount: n,
        seed,
        maxOutputTokens: most,
        stopSequences: typeof stop === 'string' ? [stop] : stop,
        presencePenalty: ask.presence_penalty,
        frequencyPenalty: ask.frequency_penalty,
        thinkingConfig: thinking(ask, model),
      }),
      ...logprobs(ask),
      ...format(ask),
      ...tools(ask),
    },
  };
}

/** Without what is undefined or null: OpenAI takes null as if it were not there, Gemini doesn't. */
function defined(fields: {readonly [name in keyof GenerateContentConfig]: unknown}): GenerateContentConfig {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  );
}

function logprobs({logprobs: wanted, top_logprobs: top}: ChatAsk): GenerateContentConfig {
  if (wanted !== true) return {};
  return {responseLogprobs: true, ...(typeof top === 'number' ? {logprobs: top} : {})};
}

function format({response_format: wanted}: ChatAsk): GenerateContentConfig {
  if (wanted === undefined || wanted.type === 'text') return {};
  const schema = wanted.type === 'json_schema' ? {responseJsonSchema: wanted.json_schema.schema ?? {}} : {};
  return {responseMimeType: 'application/json', ...schema};
}

/** Gemini 2.5 takes a budget in tokens, later models a level; both as Google's own OpenAI-compatible endpoint maps them. */
function thinking({reasoning_effort: effort}: ChatAsk, model: string): ThinkingConfig | undefined {
  if (effort === undefined || effort === null || effort === 'max') return undefined;
  if (/gemini-2\.5/.test(model)) return {thinkingBudget: BUDGETS[effort]};
  if (effort === 'none')
    throw new UnsupportedParameterError('reasoning_effort', 'google', `"${model}" always reasons`);
  return {thinkingLevel: effort.toUpperCase() as ThinkingLevel};
}
const BUDGETS = {none: 0, minimal: 1024, low: 1024, medium: 8192, high: 24576, xhigh: 24576} as const;

function tools(ask: ChatAsk): GenerateContentConfig {
  const functions = (ask.tools ?? []).flatMap((tool) => (tool.type === 'function' ? tool.function : []));
  if (functions.length === 0) return {};
  const functionDeclarations = functions.map(({name, description, parameters}) => ({
    name,
    ...(description === undefined ? {} : {description}),
    ...(parameters === undefined ? {} : {parametersJsonSchema: parameters}),
  }));
  const strict = functions.some((one) => one.strict === true);
  const functionCallingConfig = calling(ask.tool_choice, strict);
  return {
    tools: [{functionDeclarations}],
    ...(functionCallingConfig === undefined ? {} : {toolConfig: {functionCallingConfig}}),
  };
}

/** Mode ANY keeps to the tools' schemas, and so does VALIDATED, in which the model need not call any. */
function calling(choice: ChatAsk['tool_choice'], strict: boolean): FunctionCallingConfig | undefined {
  const mode = (name: keyof typeof FunctionCallingConfigMode) => name as FunctionCallingConfigMode;
  if (typeof choice === 'object' && choice.type === 'function')
    return {mode: mode('ANY'), allowedFunctionNames: [choice.function.name]};
  if (choice === 'required') return {mode: mode('ANY')};
  if (choice === 'none') return {mode: mode('NONE')};
  if (strict) return {mode: mode('VALIDATED')};
  return choice === 'auto' ? {mode: mode('AUTO')} : undefined;
}

/** Results of several tools called at once stand in one turn, as their calls do. */
function contents({messages}: ChatAsk): Content[] {
  const all: {role: 'user' | 'model'; parts: Part[]}[] = [];
  /** The tool that a call by this id was of: a result has to name it. */
  const called = new Map<string, string>();
  for (const [i, message] of messages.entries()) {
    switch (message.role) {
      case 'system':
      case 'developer':
      case 'function':
        break;
      case 'user':
        all.push({role: 'user', parts: parts(message.content, i)});
        break;
      case 'assistant': {
        const calls = (message.tool_calls ?? []).flatMap((call, k): Part[] => {
          if (call.type !== 'function') return [];
          const {name} = call.function;
          called.set(call.id, name);
          // In parallel calls the first alone has a signature.
          const signature = signatureOf(call) ?? (k === 0 ? NO_SIGNATURE : undefined);
          return [
            {
              functionCall: {id: call.id, name, args: argumentsOf(call, i, k)},
              ...(signature === undefined ? {} : {thoughtSignature: signature}),
            },
          ];
        });
        all.push({role: 'model', parts: [...parts(message.content ?? message.refusal ?? '', i), ...calls]});
        break;
      }
      case 'tool': {
        const {tool_call_id: id, content} = message;
        const name = called.get(id);
        if (name === undefined) {
          throw new RatchetError(
            ErrorType.InvalidInput,
            `messages.${i}.tool_call_id: no tool call before it has this id`,
          );
        }
        const part = {functionResponse: {id, name, response: {output: textOf(content)}}};
        const last = all.at(-1);
        if (last?.parts.at(-1)?.functionResponse !== undefined) last.parts.push(part);
        else all.push({role: 'user', parts: [part]});
        break;
      }
    }
  }
  return all;
}

function textOf(content: string | readonly {readonly text: string}[]): string {
  return typeof content === 'string' ? content : content.map(({text}) => text).join('');
}

type Parts = string | readonly (ChatCompletionContentPart | ChatCompletionContentPartRefusal)[];

function parts(content: Parts, at: number): Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{text: content}];
  return content.flatMap((part, i): Part[] => {
    switch (part.type) {
      case 'text':
        return [{text: part.text}];
      case 'refusal':
        return [{text: part.refusal}];
      case 'image_url':
        return [image(part.image_url.url, `messages.${at}.content.${i}`)];
      default:
        return [];
    }
  });
}

/** Gemini wants to know an image's type before it fetches it: as far as its address tells. */
function image(url: string, where: string): Part {
  const data = dataUrl(url, where);
  if (data !== null) return {inlineData: {mimeType: data.mediaType, data: data.base64}};
  const ending = /\.(\w+)$/.exec(URL.parse(url)?.pathname ?? '')?.[1]?.toLowerCase();
  const mimeType = ending === undefined ? undefined : IMAGE_TYPES[ending];
  return {fileData: {fileUri: url, ...(mimeType === undefined ? {} : {mimeType})}};
}
const IMAGE_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  heic: 'image/heic',
  heif: 'image/heif',
};
