import {SpanKind, type Span} from '@opentelemetry/api';
import type {ChatTurn} from '../../core/prompts/chat-template.ts';
import {isOpen, modelInWords, modelsOf} from '../../core/releases/models.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import type {ProviderModel, Release, Vendor} from '../../schemas/release.ts';
import {genAiRequest, genAiResponse} from '../../telemetry/gen-ai.ts';
import {endFailed, type Tracing} from '../../telemetry/tracing.ts';
import type {ChatAsk} from '../clients/providers/chat-model.ts';
import {
  BrokeOffError,
  CircuitOpenError,
  ContextTooLongError,
  ModelNotServedError,
  QuotaExhaustedError,
  RateLimitedError,
  UnsupportedParameterError,
  VendorUnavailableError,
} from '../clients/providers/failures.ts';
import {paidTokens, providerInference, type PaidTokens} from '../clients/providers/provider-inference.ts';
import {Providers, type OpenedProvider} from '../clients/providers/providers.ts';
import type {EngineAnswer} from './engine-answer.ts';
import {GatewayError} from './gateway-error.ts';

/** What a vendor's model of a release is asked. */
export interface ProviderQuestion {
  /** In the release. */
  readonly name: string;
  readonly part: ProviderModel;
  readonly turns: readonly ChatTurn[];
  readonly maxTokens: number;
  readonly temperature: number | null;
  readonly stop: readonly string[];
  /** Of a classification; the answer's text is then one of these, if the model gave one. */
  readonly choices?: readonly string[];
}

export interface ProviderAnswersOptions {
  readonly models: ProjectConfig['models'];
  /** Of a million tokens, where a model has no prices of its own. */
  readonly tokenPrices: {readonly prompt: number; readonly completion: number};
  readonly tracing: Tracing | null;
  /** Hears of what an operator has to act on: a key that is refused, a model that is gone, an account without credit. */
  readonly broken: (message: string) => void;
}

interface Asked {
  readonly signal?: AbortSignal;
  /** Makes it a stream. */
  readonly onText?: (piece: string) => void;
  readonly span?: Span | null;
}

/** What vendors' models answer to the gateway's users. */
export class ProviderAnswers {
  readonly #options: ProviderAnswersOptions;
  readonly #providers: Providers;

  constructor(options: ProviderAnswersOptions) {
    this.#options = options;
    this.#providers = new Providers(options.models);
  }

  /** Throws InvalidInput where the environment lacks a key or an address of the release's models. */
  prepare(release: Release): void {
    for (const [name, part] of Object.entries(modelsOf(release))) if (!isOpen(part)) this.#open(name, part);
  }

  /** Throws GatewayError: 400 for what the model cannot take, 502 and 503 where it does not answer. */
  async answer(question: ProviderQuestion, asked: Asked): Promise<EngineAnswer> {
    const {name, part} = question;
    const provider = this.#open(name, part);
    const call = this.#begin(question, asked.span ?? null);
    try {
      const {text, finish, tokens, ms} =
        question.choices === undefined && asked.onText !== undefined
          ? await streamed(provider, question, {...asked, onText: asked.onText})
          : await whole(provider, question, asked.signal);
      const {promptTokens, completionTokens} = tokens;
      if (call?.isRecording())
        call.setAttributes(
          genAiResponse({finish: [finish], inputTokens: promptTokens, outputTokens: completionTokens}),
        );
      call?.end();
      return {text, finish, promptTokens, completionTokens, modelMs: ms, cost: this.#cost(provider, tokens)};
    } catch (error) {
      const failure = asked.signal?.aborted ? error : this.#failure(error, question);
      if (call) endFailed(call, failure instanceof GatewayError ? failure.code : 'client_closed');
      throw failure;
    }
  }

  close(): Promise<void> {
    return this.#providers.close();
  }

  #open(name: string, part: ProviderModel): OpenedProvider {
    try {
      return this.#providers.open(name, part);
    } catch (error) {
      if (!(error instanceof RatchetError)) throw error;
      throw new RatchetError(error.type, `models.${name}: ${error.message}`);
    }
  }

  #cost({priceOf}: OpenedProvider, tokens: PaidTokens): number {
    if (priceOf !== null) return priceOf(tokens);
    const {prompt, completion} = this.#options.tokenPrices;
    return (tokens.promptTokens * prompt + tokens.completionTokens * completion) / 1e6;
  }

  #begin({part, maxTokens, temperature}: ProviderQuestion, parent: Span | null): Span | null {
    const {tracing} = this.#options;
    if (tracing === null || parent === null) return null;
    return tracing.begin(`chat ${part.model}`, {
      kind: SpanKind.CLIENT,
      parent,
      attributes: genAiRequest({
        operation: 'chat',
        provider: GEN_AI_PROVIDER[part.vendor],
        model: part.snapshot ?? part.model,
        maxTokens,
        temperature,
      }),
    });
  }

  /** For the user in words of ours; what is the operator's to fix is said to them, and to the user only that it is. */
  #failure(error: unknown, {name, part}: ProviderQuestion): unknown {
    if (!(error instanceof RatchetError)) return error;
    const whose = `the model "${name}"`;
    if (error instanceof ContextTooLongError)
      return new GatewayError(400, 'prompt_refused', `${whose} cannot take this input: it is too long`, {
        param: 'messages',
        cause: error,
      });
    if (
      error.type === ErrorType.AccessDenied ||
      error instanceof ModelNotServedError ||
      error instanceof QuotaExhaustedError ||
      error instanceof UnsupportedParameterError
    ) {
      this.#options.broken(`${name} (${modelInWords(part)}): ${error.message}`);
      return new GatewayError(
        502,
        'provider_refused',
        `the provider of ${whose} refuses: the operator of this gateway knows why from its log`,
        {cause: error},
      );
    }
    if (error.type === ErrorType.InvalidInput)
      return new GatewayError(400, 'prompt_refused', `${whose} does not take this request`, {cause: error});
    if (error instanceof BrokeOffError)
      return new GatewayError(502, 'provider_broke_off', `${whose} broke off in the middle of the answer`, {
        cause: error,
      });
    const retryAfter = (waitOf(error) ?? 1000) / 1000;
    const busy = error instanceof RateLimitedError;
    return new GatewayError(
      503,
      busy ? 'provider_busy' : 'provider_unavailable',
      `${whose} ${busy ? 'takes no more requests now' : 'does not answer'}: try again shortly`,
      {retryAfter, cause: error},
    );
  }
}

/** By the names of OpenTelemetry's GenAI conventions. */
const GEN_AI_PROVIDER: Readonly<Record<Vendor, string>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  google: 'gcp.gemini',
  'openai-compatible': 'openai_compatible',
};

function waitOf(error: RatchetError): number | null {
  return error instanceof RateLimitedError ||
    error instanceof CircuitOpenError ||
    error instanceof VendorUnavailableError
    ? error.retryAfterMs
    : null;
}

interface Answered {
  readonly text: string;
  readonly finish: string;
  readonly tokens: PaidTokens;
  readonly ms: number;
}

async function whole(
  {chat}: OpenedProvider,
  question: ProviderQuestion,
  signal: AbortSignal | undefined,
): Promise<Answered> {
  if (question.choices !== undefined) {
    const {part, turns, maxTokens, temperature, stop, choices} = question;
    const answer = await providerInference(chat, part.vendor).complete({
      messages: messagesOf(turns),
      maxTokens,
      ...(temperature === null ? {} : {temperature}),
      stop,
      choices,
      ...(signal ? {signal} : {}),
    });
    return {text: answer.choice ?? answer.text, finish: 'stop', tokens: answer, ms: answer.latencyMs};
  }
  const {completion, latencyMs} = await chat.complete(askOf(question), {signal});
  const [choice] = completion.choices;
  return {
    text: choice?.message.content ?? choice?.message.refusal ?? '',
    finish: choice?.finish_reason ?? 'stop',
    tokens: paidTokens(completion.usage),
    ms: latencyMs,
  };
}

async function streamed(
  {chat}: OpenedProvider,
  question: ProviderQuestion,
  {signal, onText}: {readonly signal?: AbortSignal; readonly onText: (piece: string) => void},
): Promise<Answered> {
  const began = performance.now();
  let text = '';
  let finish = 'stop';
  let tokens = paidTokens(undefined);
  for await (const {choices, usage} of chat.stream(askOf(question), {signal})) {
    if (usage) tokens = paidTokens(usage);
    const [choice] = choices;
    finish = choice?.finish_reason ?? finish;
    const piece = choice?.delta.content ?? choice?.delta.refusal ?? '';
    if (piece === '') continue;
    text += piece;
    onText(piece);
  }
  return {text, finish, tokens, ms: performance.now() - began};
}

function askOf({turns, maxTokens, temperature, stop}: ProviderQuestion): ChatAsk {
  return {
    messages: messagesOf(turns),
    max_completion_tokens: maxTokens,
    ...(temperature === null ? {} : {temperature}),
    ...(stop.length === 0 ? {} : {stop: [...stop]}),
  };
}

function messagesOf(turns: readonly ChatTurn[]): ChatAsk['messages'] {
  // A tool's answer without the call that it is to is what no vendor takes.
  return turns.map(({role, content}) => ({role: role === 'tool' ? 'user' : role, content}));
}
