import {setTimeout as wait} from 'node:timers/promises';
import OpenAI from 'openai';
import {ErrorType, RatchetError} from '../../../schemas/errors.ts';
import {traceHeaders} from '../../../telemetry/current-span.ts';
import {completionSpan} from './completion-span.ts';
import {asRatchetError, ModelNotServedError, RateLimitedError} from './failures.ts';
import type {Answer, CompleteRequest, InferenceClient, Score, ScoreRequest} from './inference-client.ts';
import {CompletionAnswer, type CompletionBody} from './wire.ts';
import {explainError, firstOf} from '../../../schemas/explain-issue.ts';

export interface OpenAIInferenceOptions {
  /** Up to and without `/v1`, or with it. */
  readonly baseUrl: string;
  /** Local engines take none. */
  readonly apiKey?: string;
  /** One attempt, in ms. Default 120,000: a long prompt on a busy CPU. */
  readonly timeoutMs?: number;
  /** Attempts at most, the first included; between them 0.25 s, doubled each time, or what the server asked. Default 3. */
  readonly attempts?: number;
  /** A longer wait than this is not waited out here: the error says how long, the caller retries. Default 5,000 ms. */
  readonly longestWaitMs?: number;
}

/** Top tokens asked for beside a choice, so that servers without `choice_logprobs` tell the choices' probabilities. */
const TOP_LOGPROBS = 5;

/** Any server that speaks OpenAI's /v1/completions with plain prompts: the embedded engine, vLLM. */
export function openaiInference(options: OpenAIInferenceOptions): InferenceClient {
  return new OpenAIInference(options);
}

interface Completed {
  readonly answer: CompletionAnswer;
  readonly choice: CompletionAnswer['choices'][number];
  readonly latencyMs: number;
}

class OpenAIInference implements InferenceClient {
  readonly #baseURL: string;
  readonly #client: OpenAI;
  readonly #attempts: number;
  readonly #longestWaitMs: number;

  constructor({
    baseUrl,
    apiKey = 'none',
    timeoutMs: timeout = 120_000,
    attempts = 3,
    longestWaitMs = 5_000,
  }: OpenAIInferenceOptions) {
    const base = baseUrl.replace(/\/+$/, '');
    const baseURL = base.endsWith('/v1') ? base : `${base}/v1`;
    this.#baseURL = baseURL;
    this.#client = new OpenAI({baseURL, apiKey, maxRetries: 0, timeout});
    this.#attempts = attempts;
    this.#longestWaitMs = longestWaitMs;
  }

  async complete(request: CompleteRequest): Promise<Answer> {
    const {choices} = request;
    const {answer, choice, latencyMs} = await this.#ask(
      {
        model: request.model,
        prompt: request.prompt,
        max_tokens: request.maxTokens,
        temperature: request.temperature,
        ...(request.stop.length > 0 ? {stop: request.stop} : {}),
        ...(choices ? {structured_outputs: {choice: choices}, logprobs: TOP_LOGPROBS} : {}),
      },
      request.signal,
    );
    const counts = {
      promptTokens: answer.usage?.prompt_tokens ?? 0,
      completionTokens: answer.usage?.completion_tokens ?? 0,
      latencyMs,
    };
    if (!choices) return {text: choice.text, ...counts};
    const chosen =
      choices.find((c) => c === choice.text) ?? choices.find((c) => c.trim() === choice.text.trim());
    const top = choice.choice_logprobs ?? choice.logprobs?.top_logprobs?.[0] ?? {};
    const told = Object.fromEntries(choices.flatMap((c) => (top[c] === undefined ? [] : [[c, top[c]]])));
    return {
      text: choice.text,
      ...(chosen === undefined ? {} : {choice: chosen}),
      ...(Object.keys(told).length > 0 ? {choiceLogprobs: told} : {}),
      ...counts,
    };
  }

  async scoreCompletion({model, prompt, completion, signal}: ScoreRequest): Promise<Score> {
    if (completion === '') throw new RatchetError(ErrorType.InvalidInput, 'scoring: the completion is empty');
    const {answer, choice, latencyMs} = await this.#ask(
      {
        model,
        prompt: prompt + completion,
        max_tokens: 0,
        temperature: 0,
        echo: true,
        logprobs: 1,
        prompt_logprobs: 1,
        prompt_logprobs_start: [...prompt].length,
      },
      signal,
    );
    if (!choice.logprobs)
      throw new RatchetError(
        ErrorType.Unavailable,
        `${this.#baseURL}/completions echoed no log-probabilities: it must support echo with logprobs`,
      );
    return {
      ...completionSpan(choice.logprobs, prompt, completion),
      bytes: new TextEncoder().encode(completion).length,
      promptTokens: answer.usage?.prompt_tokens ?? 0,
      latencyMs,
    };
  }

  /** Again where the server may answer soon. */
  async #ask(body: CompletionBody, signal?: AbortSignal): Promise<Completed> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(body, signal);
      } catch (caught) {
        signal?.throwIfAborted();
        const error = asRatchetError(caught, this.#baseURL, body.model);
        const retry =
          error instanceof RatchetError && error.retryable && !(error instanceof ModelNotServedError);
        const asked = error instanceof RateLimitedError ? error.retryAfterMs : null;
        const delay = asked ?? 250 * 2 ** (attempt - 1);
        if (!retry || attempt >= this.#attempts || delay > this.#longestWaitMs) throw error;
        await wait(delay, undefined, signal ? {signal} : {});
      }
    }
  }

  async #once(body: CompletionBody, signal?: AbortSignal): Promise<Completed> {
    const started = performance.now();
    const headers = traceHeaders();
    const raw = await this.#client.post('/completions', {body, headers, ...(signal ? {signal} : {})});
    const latencyMs = performance.now() - started;
    const parsed = CompletionAnswer.safeParse(raw);
    if (!parsed.success) {
      throw new RatchetError(
        ErrorType.Unavailable,
        `${this.#baseURL}/completions answered in another shape: ${explainError(firstOf(parsed.error), undefined, 'the answer')}`,
      );
    }
    return {answer: parsed.data, choice: parsed.data.choices[0]!, latencyMs};
  }
}
