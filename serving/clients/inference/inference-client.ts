/** Asks models. Loading and unloading adapters is the deploy targets' job. */
export interface InferenceClient {
  /**
   * One answer to a plain prompt. With `choices` the answer is one of them, the most probable at temperature 0.
   * Throws RateLimited (as RateLimitedError), Unavailable, AccessDenied or InvalidInput; the bounded retries of the
   * first two are behind it.
   */
  complete(request: CompleteRequest): Promise<Answer>;
  /** How probable the model finds `completion` after `prompt`. Same errors. */
  scoreCompletion(request: ScoreRequest): Promise<Score>;
}

export interface CompleteRequest {
  /** As the server knows it: the base's name, or an adapter's immutable `name@sha12`. */
  readonly model: string;
  readonly prompt: string;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly stop: readonly string[];
  /** The exact completions to choose from, leading space included. */
  readonly choices?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly text: string;
  /** The choice that `text` is; missing where the server answered something else. */
  readonly choice?: string;
  /** Natural log-probability a choice, as far as the server tells: choices beyond its top tokens are missing. */
  readonly choiceLogprobs?: Readonly<Record<string, number>>;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Of the attempt that answered, without the waits between attempts. */
  readonly latencyMs: number;
}

export interface ScoreRequest {
  readonly model: string;
  readonly prompt: string;
  readonly completion: string;
  readonly signal?: AbortSignal;
}

export interface Score {
  /** Sum of −ln p over the completion's tokens. */
  readonly nll: number;
  readonly tokens: number;
  /** UTF-8 bytes of the completion. */
  readonly bytes: number;
  readonly promptTokens: number;
  readonly latencyMs: number;
}
