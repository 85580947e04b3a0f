import type {ChatCompletionContentPart, ChatCompletionContentPartRefusal} from 'openai/resources';
import type {Vendor} from '../../../schemas/release.ts';
import type {ChatAsk} from './chat-model.ts';
import {UnsupportedParameterError} from './failures.ts';

/** `taken`, also with a word on how; `limits`: not every value; `refused`: not at all, and why. */
export type Support =
  | {readonly taken: string | null}
  | {readonly limits: string; readonly beyond: (ask: ChatAsk) => boolean}
  | {readonly refused: string};

export interface Parameter {
  /** As OpenAI's API calls it; with a value where only that is meant. */
  readonly name: string;
  /** Whether a request asks for it. OpenAI's own default asks for nothing, so it is refused nowhere. */
  readonly asked: (ask: ChatAsk) => boolean;
  readonly vendors: Readonly<Record<Vendor, Support>>;
}

type ContentPart = ChatCompletionContentPart | ChatCompletionContentPartRefusal;

const TAKEN: Support = {taken: null};
const refused = (why: string): Support => ({refused: why});
const EVERYWHERE = {openai: TAKEN, 'openai-compatible': TAKEN, anthropic: TAKEN, google: TAKEN};

const given = (value: unknown): boolean => value !== undefined && value !== null;
const differs = (value: unknown, from: unknown): boolean => given(value) && value !== from;
const partsOf = ({messages}: ChatAsk): readonly ContentPart[] =>
  messages.flatMap(({content}): readonly ContentPart[] => (Array.isArray(content) ? content : []));
const isInstruction = ({role}: {role: string}): boolean => role === 'system' || role === 'developer';
const functionsOf = ({tools}: ChatAsk) =>
  (tools ?? []).flatMap((tool) => (tool.type === 'function' ? tool.function : []));
const choiceOf = ({tool_choice: choice}: ChatAsk): string =>
  typeof choice === 'object' ? choice.type : (choice ?? 'auto');
const NO_PENALTY = 'its API has no penalties';
const TEXT_AND_IMAGES = 'only text and images are passed on to it';

/**
 * What of a Chat Completions request goes to which vendor: taken, taken within limits, or refused before anything is sent.
 * Declared here alone: what refuses, the tests and docs/providers.md follow from it. To an OpenAI-compatible server everything is
 * passed on; what it does with a parameter that it doesn't know is its own affair.
 */
export const PARAMETERS: readonly Parameter[] = [
  {
    name: 'temperature',
    asked: ({temperature}) => given(temperature),
    vendors: {
      ...EVERYWHERE,
      anthropic: {limits: 'from 0 to 1', beyond: ({temperature}) => temperature! > 1},
    },
  },
  {name: 'top_p', asked: ({top_p}) => given(top_p), vendors: EVERYWHERE},
  {
    name: 'n',
    asked: ({n}) => differs(n, 1),
    vendors: {...EVERYWHERE, anthropic: refused('its API gives one answer a request')},
  },
  {
    name: 'seed',
    asked: ({seed}) => given(seed),
    vendors: {...EVERYWHERE, anthropic: refused('its API has no seed')},
  },
  {name: 'stop', asked: ({stop}) => given(stop), vendors: EVERYWHERE},
  {
    name: 'max_completion_tokens',
    asked: ({max_completion_tokens: most}) => given(most),
    vendors: {
      ...EVERYWHERE,
      'openai-compatible': {taken: 'sent as max_tokens, which every such server knows'},
      anthropic: {taken: 'required'},
    },
  },
  {
    name: 'presence_penalty',
    asked: ({presence_penalty: penalty}) => differs(penalty, 0),
    vendors: {...EVERYWHERE, anthropic: refused(NO_PENALTY)},
  },
  {
    name: 'frequency_penalty',
    asked: ({frequency_penalty: penalty}) => differs(penalty, 0),
    vendors: {...EVERYWHERE, anthropic: refused(NO_PENALTY)},
  },
  {
    name: 'logprobs',
    asked: ({logprobs, top_logprobs: top}) => differs(logprobs, false) || differs(top, 0),
    vendors: {...EVERYWHERE, anthropic: refused('its API gives no log-probabilities')},
  },
  {
    name: 'response_format json_object',
    asked: ({response_format: format}) => !['text', 'json_schema', undefined].includes(format?.type),
    vendors: {...EVERYWHERE, anthropic: refused('give a json_schema, or ask for JSON in the prompt')},
  },
  {
    name: 'response_format json_schema',
    asked: ({response_format: format}) => format?.type === 'json_schema',
    vendors: {...EVERYWHERE, anthropic: {taken: 'its structured outputs, always strict'}},
  },
  {name: 'tools', asked: (ask) => functionsOf(ask).length > 0, vendors: EVERYWHERE},
  {
    name: 'tools.function.strict',
    asked: (ask) => functionsOf(ask).some(({strict}) => strict === true),
    vendors: {
      ...EVERYWHERE,
      google: {
        limits: 'for all tools of a request or for none',
        beyond: (ask) => functionsOf(ask).some(({strict}) => strict !== true),
      },
    },
  },
  {
    name: 'tools custom',
    asked: ({tools}) => (tools ?? []).some(({type}) => type !== 'function'),
    vendors: {
      ...EVERYWHERE,
      anthropic: refused('its tools take JSON'),
      google: refused('its tools take JSON'),
    },
  },
  {
    name: 'tool_choice',
    asked: (ask) => ['none', 'required', 'function'].includes(choiceOf(ask)),
    vendors: EVERYWHERE,
  },
  {
    name: 'tool_choice allowed_tools',
    asked: (ask) => ['allowed_tools', 'custom'].includes(choiceOf(ask)),
    vendors: {
      ...EVERYWHERE,
      anthropic: refused('send only the allowed tools'),
      google: refused('send only the allowed tools'),
    },
  },
  {
    name: 'parallel_tool_calls',
    asked: (ask) => functionsOf(ask).length > 0 && differs(ask.parallel_tool_calls, true),
    vendors: {...EVERYWHERE, google: refused('it cannot be kept from calling several tools at once')},
  },
  {
    name: 'reasoning_effort',
    asked: ({reasoning_effort: effort}) => given(effort),
    vendors: {
      ...EVERYWHERE,
      anthropic: {
        limits: 'none, low, medium, high, xhigh, max; adaptive thinking',
        beyond: ({reasoning_effort: effort}) => effort === 'minimal',
      },
      google: {
        limits: 'none, minimal, low, medium, high, xhigh; a thinking level, in Gemini 2.5 a budget',
        beyond: ({reasoning_effort: effort}) => effort === 'max',
      },
    },
  },
  {
    name: 'user',
    asked: ({user}) => given(user),
    vendors: {
      ...EVERYWHERE,
      anthropic: {
        limits: 'metadata.user_id; the same as safety_identifier where both are given',
        beyond: ({user, safety_identifier: id}) => differs(id, user),
      },
      google: refused('its API names no users'),
    },
  },
  {
    name: 'safety_identifier',
    asked: ({safety_identifier: id}) => given(id),
    vendors: {
      ...EVERYWHERE,
      anthropic: {taken: 'metadata.user_id'},
      google: refused('its API names no users'),
    },
  },
  {
    name: 'messages image_url',
    asked: (ask) => partsOf(ask).some(({type}) => type === 'image_url'),
    vendors: EVERYWHERE,
  },
  {
    name: 'messages image_url.detail',
    asked: (ask) =>
      partsOf(ask).some((part) => part.type === 'image_url' && differs(part.image_url.detail, 'auto')),
    vendors: {
      ...EVERYWHERE,
      anthropic: refused('its API has no detail of an image'),
      google: refused('an image has no detail of its own'),
    },
  },
  {
    name: 'messages input_audio, file',
    asked: (ask) =>
      partsOf(ask).some(({type}) => !['text', 'refusal', 'image_url'].includes(type)) ||
      ask.messages.some((message) => message.role === 'assistant' && given(message.audio)),
    vendors: {...EVERYWHERE, anthropic: refused(TEXT_AND_IMAGES), google: refused(TEXT_AND_IMAGES)},
  },
  {
    name: 'messages function_call',
    asked: ({messages}) =>
      messages.some(
        (message) =>
          message.role === 'function' || ('function_call' in message && given(message.function_call)),
      ),
    vendors: {
      ...EVERYWHERE,
      anthropic: refused('use tool_calls, which replaced it'),
      google: refused('use tool_calls, which replaced it'),
    },
  },
  {
    name: 'messages name',
    asked: ({messages}) =>
      messages.some((message) => message.role !== 'function' && 'name' in message && given(message.name)),
    vendors: {
      ...EVERYWHERE,
      anthropic: refused('its messages carry no names'),
      google: refused('its messages carry no names'),
    },
  },
  {
    name: 'messages system after the first other message',
    asked: ({messages}) =>
      messages.slice(messages.findIndex((one) => !isInstruction(one))).some(isInstruction),
    vendors: {
      ...EVERYWHERE,
      anthropic: refused('it takes instructions before the conversation only'),
      google: refused('it takes instructions before the conversation only'),
    },
  },
];

/** What a ChatAsk may hold: the translations read nothing else, so anything else would be lost. */
const FIELDS: Readonly<Record<keyof ChatAsk, true>> = {
  messages: true,
  tools: true,
  tool_choice: true,
  parallel_tool_calls: true,
  response_format: true,
  temperature: true,
  top_p: true,
  seed: true,
  stop: true,
  n: true,
  logprobs: true,
  top_logprobs: true,
  max_completion_tokens: true,
  reasoning_effort: true,
  presence_penalty: true,
  frequency_penalty: true,
  user: true,
  safety_identifier: true,
};

/** Throws UnsupportedParameterError, which names the parameter and the vendor. */
export function refuseUnsupported(ask: ChatAsk, vendor: Vendor): void {
  for (const [name, value] of Object.entries(ask))
    if (!Object.hasOwn(FIELDS, name) && given(value))
      throw new UnsupportedParameterError(shown(name), vendor, 'it is not passed on');
  for (const {name, asked, vendors} of PARAMETERS) {
    const support = vendors[vendor];
    if ('taken' in support || !asked(ask)) continue;
    if ('refused' in support) throw new UnsupportedParameterError(name, vendor, support.refused);
    if (support.beyond(ask)) throw new UnsupportedParameterError(name, vendor, `it takes ${support.limits}`);
  }
}

/** A name may be repeated; what is as long as a letter, or made of other characters than names, may not. */
function shown(name: string): string {
  return /^\w{1,64}$/.test(name) ? name : 'a field';
}
