import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParamsNonStreaming,
  CreateEmbeddingResponse,
} from 'openai/resources';

/**
 * A vendor's model behind OpenAI's Chat Completions shape, whoever the vendor is. What the vendor cannot do is refused by name
 * before anything is sent (parameters.ts), never left out silently. Every method rejects with a ProviderFailure (failures.ts),
 * or with the reason of `signal`.
 *
 * Of the thoughts of a model that reasons only the count is given (`usage.completion_tokens_details.reasoning_tokens`), as
 * OpenAI does. A tool call's arguments are text, as OpenAI has them: whether they are JSON is for who calls the tool to check.
 */
export interface ChatModel {
  /** One answer. At most three attempts (retries.ts). */
  complete(ask: ChatAsk, options?: AskOptions): Promise<ChatAnswer>;
  /**
   * The answer piece by piece; the last piece has the usage and no choice, where the server tells it. Rejects before the first
   * piece as `complete` does; after it nothing is tried again, and it rejects with BrokeOffError. Whoever stops reading early
   * ends the request.
   */
  stream(ask: ChatAsk, options?: AskOptions): AsyncIterable<ChatPiece>;
  /** One vector a text, in their order. Rejects with UnsupportedParameterError where the vendor has no embeddings. */
  embed(ask: EmbedAsk, options?: AskOptions): Promise<EmbedAnswer>;
}

export interface AskOptions {
  /** Ends the request, and the waits between attempts. */
  readonly signal?: AbortSignal | undefined;
}

/** What is passed on of a Chat Completions request. The model is the one that the provider was opened for. */
export type ChatAsk = Readonly<
  Pick<
    ChatCompletionCreateParamsNonStreaming,
    | 'messages'
    | 'tools'
    | 'tool_choice'
    | 'parallel_tool_calls'
    | 'response_format'
    | 'temperature'
    | 'top_p'
    | 'seed'
    | 'stop'
    | 'n'
    | 'logprobs'
    | 'top_logprobs'
    | 'max_completion_tokens'
    | 'reasoning_effort'
    | 'presence_penalty'
    | 'frequency_penalty'
    | 'user'
    | 'safety_identifier'
  >
>;

export interface ChatAnswer {
  readonly completion: ChatCompletion;
  /** Of the attempt that answered, in ms, without those before it and the waits between them. */
  readonly latencyMs: number;
}

export type ChatPiece = ChatCompletionChunk;

export interface EmbedAsk {
  readonly input: readonly string[];
  /** Length of the vectors, where the model lets one choose. */
  readonly dimensions?: number;
}

export interface EmbedAnswer {
  readonly response: CreateEmbeddingResponse;
  /** As in {@link ChatAnswer}. */
  readonly latencyMs: number;
}
