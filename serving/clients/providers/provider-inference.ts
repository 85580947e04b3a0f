import type {ChatCompletionMessageParam, CompletionUsage} from 'openai/resources';
import {ErrorType, RatchetError} from '../../../schemas/errors.ts';
import type {Vendor} from '../../../schemas/release.ts';
import type {Answer} from '../inference/inference-client.ts';
import type {ChatAsk, ChatModel} from './chat-model.ts';

export interface MessagesRequest {
  readonly messages: readonly ChatCompletionMessageParam[];
  readonly maxTokens: number;
  /** Missing: the model's own, and the only one that some that reason take. */
  readonly temperature?: number;
  readonly stop?: readonly string[];
  /** The answers to choose from, as in a CompleteRequest; spaces around them are not the model's to write. */
  readonly choices?: readonly string[];
  readonly signal?: AbortSignal;
}

/** What an answer is paid by. */
export interface PaidTokens {
  /** Those read from the vendor's cache included. */
  readonly promptTokens: number;
  readonly cachedTokens: number;
  /** Those of the model's reasoning included. */
  readonly completionTokens: number;
  readonly reasoningTokens: number;
}

export interface ProviderAnswer extends Answer, PaidTokens {}

/** What the gauntlet asks of a vendor's model. */
export interface ProviderInference {
  /**
   * One answer. With `choices` the model is bound to them by a JSON schema where the vendor has one, and its answer is the choice that
   * it names, else the choice that the whole answer is. `choice` is missing where it is neither; `choiceLogprobs` always. Rejects
   * with a ProviderFailure.
   */
  complete(request: MessagesRequest): Promise<ProviderAnswer>;
}

/** Vendors whose models keep to a JSON schema. An OpenAI-compatible server may ignore it, or refuse the request. */
const KEEPS_TO_SCHEMA: Readonly<Record<Vendor, boolean>> = {
  openai: true,
  anthropic: true,
  google: true,
  'openai-compatible': false,
};

/** What `{"label":"…"}` takes beside the label: `maxTokens` is meant for the label alone. */
const JSON_TOKENS = 16;

export function providerInference(model: ChatModel, vendor: Vendor): ProviderInference {
  return {
    async complete({messages, maxTokens, temperature, stop = [], choices, signal}) {
      const labels = choices === undefined ? null : labelsOf(choices);
      const bound = labels !== null && KEEPS_TO_SCHEMA[vendor];
      const ask: ChatAsk = {
        messages: [...messages],
        max_completion_tokens: bound ? maxTokens + JSON_TOKENS : maxTokens,
        ...(temperature === undefined ? {} : {temperature}),
        // They are for plain text: in JSON they would cut it.
        ...(stop.length === 0 || bound ? {} : {stop: [...stop]}),
        ...(bound ? {response_format: oneOf([...labels.keys()])} : {}),
      };
      const {completion, latencyMs} = await model.complete(ask, {signal});
      const text = completion.choices[0]!.message.content ?? '';
      const named = bound ? labelIn(text) : text.trim();
      const choice = labels?.get(named);
      return {
        text: choice ?? text,
        ...(choice === undefined ? {} : {choice}),
        ...paidTokens(completion.usage),
        latencyMs,
      };
    },
  };
}

/** Why a vendor's model is not asked how probable it finds a given text: what needs that is not measured for it. */
export function cannotScore(vendor: Vendor): RatchetError {
  return new RatchetError(
    ErrorType.InvalidInput,
    `scoring: ${vendor} does not tell how probable a given text is: leave out metrics that need it, such as perplexity, for this model`,
  );
}

/** Zero is what a server does not tell. */
export function paidTokens(usage: CompletionUsage | null | undefined): PaidTokens {
  return {
    promptTokens: usage?.prompt_tokens ?? 0,
    cachedTokens: usage?.prompt_tokens_details?.cached_tokens ?? 0,
    completionTokens: usage?.completion_tokens ?? 0,
    reasoningTokens: usage?.completion_tokens_details?.reasoning_tokens ?? 0,
  };
}

/** Label as the model writes it → choice. Throws InvalidInput where two are told apart by spaces alone. */
function labelsOf(choices: readonly string[]): Map<string, string> {
  const labels = new Map(choices.map((choice) => [choice.trim(), choice]));
  if (labels.size === choices.length && !labels.has('')) return labels;
  throw new RatchetError(
    ErrorType.InvalidInput,
    'choices: expected texts that differ by more than the spaces around them, none of them empty',
  );
}

function oneOf(labels: readonly string[]): ChatAsk['response_format'] {
  return {
    type: 'json_schema',
    json_schema: {
      name: 'answer',
      strict: true,
      schema: {
        type: 'object',
        properties: {label: {type: 'string', enum: labels}},
        required: ['label'],
        additionalProperties: false,
      },
    },
  };
}

/** Empty where it is another JSON, or cut off. */
function labelIn(text: string): string {
  try {
    const {label} = JSON.parse(text) as {label?: unknown};
    return typeof label === 'string' ? label.trim() : '';
  } catch {
    return '';
  }
}
