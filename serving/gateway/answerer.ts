import type {Span} from '@opentelemetry/api';
import {renderPrompt, type RenderedPrompt} from '../../core/prompts/render.ts';
import {sha256Hex} from '../../core/identity/digest.ts';
import type {Transformed} from '../../core/curation/transform.ts';
import type {Tokenizer} from '../../core/prompts/tokenizer.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {BaseModel, InputTransform, PromptVersion} from '../../schemas/release.ts';
import {askedText, noSuchModel, textOf, type ChatRequest} from './chat-request.ts';
import {engineModelOf, promptOf, type EngineModel} from '../../core/releases/models.ts';
import type {Completions} from './completions.ts';
import type {ServedRelease} from './deployment-watch.ts';
import type {EngineAnswer, EngineRequest} from './engine-answer.ts';
import {GatewayError, unavailable} from './gateway-error.ts';
import type {RequestReader} from './request-reader.ts';
import {StreamGuard} from './stream-guard.ts';

/** A request as one release will be asked. */
export interface RenderedRequest {
  readonly model: EngineModel;
  readonly prompt: PromptVersion;
  readonly transformed: Transformed;
  readonly rendered: RenderedPrompt;
  /** sha256 of the rendered prompt. */
  readonly promptDigest: string;
}
export interface ReleaseAnswer {
  /** As the user sees it. */
  readonly content: string;
  /** As a trace holds it. */
  readonly scrubbed: string;
  readonly finish: string;
  readonly engine: EngineAnswer;
}

export interface AnswererOptions {
  readonly project: string;
  readonly key: Uint8Array;
  readonly tokenizerOf: (base: BaseModel) => Tokenizer;
  readonly completions: Completions;
  readonly reader: RequestReader;
}

/** From a request to an answer, for one release: transform, prompt, engine, guardrails. */
export class Answerer {
  readonly #options: AnswererOptions;

  constructor(options: AnswererOptions) {
    this.#options = options;
  }

  /** What the engine will be asked. `lane`: whose text it is. Throws GatewayError 400, 404 or 429. */
  async ask(
    {release, guardrails}: ServedRelease,
    task: string,
    request: ChatRequest,
    lane: string,
  ): Promise<RenderedRequest> {
    const prompt = promptOf(release, task);
    if (prompt === undefined) throw noSuchModel(request.model, this.#options.project);
    const texts = request.messages.map(textOf);
    const isChat = release.transform.format === 'chat';
    const chars =
      texts.reduce((sum, text) => sum + text.length, 0) +
      (isChat ? request.messages.reduce((sum, message) => sum + charsBeside(message), 0) : 0);
    guardrails.checkLength(chars);
    const {format, fields, pii} = shownBy(prompt, release.transform);
    const {result, blocked} = await this.#options.reader.read(
      {
        content: isChat ? request.messages.map(openMessage) : askedText(request),
        texts,
        config: {format, fields, pii},
        patterns: guardrails.blockPatterns,
      },
      chars,
      lane,
    );
    if (result.status === 'drop')
      throw new GatewayError(
        400,
        'input_unreadable',
        `messages: the content cannot be read: ${result.reason}`,
        {param: 'messages'},
      );
    if (blocked)
      throw new GatewayError(
        400,
        'content_blocked',
        'messages: the content is blocked by the guardrail policy',
        {param: 'messages'},
      );
    const transformed = result.value;
    const model = engineModelOf(release, task);
    if (model === null)
      throw unavailable(
        'no_engine',
        `the task "${task}" is answered by a provider, which this gateway asks none of`,
      );
    const rendered = this.#render(prompt, transformed, this.#options.tokenizerOf(model.base));
    return {model, prompt, transformed, rendered, promptDigest: sha256Hex(rendered.prompt)};
  }

  /** `onText` streams the answer as it may leave. Throws GatewayError. */
  async answer(
    {guardrails}: ServedRelease,
    {model, prompt, rendered}: RenderedRequest,
    options: {
      readonly maxTokens?: number | undefined;
      readonly signal?: AbortSignal;
      readonly onText?: (piece: string) => void;
      /** The span above of the engine's. */
      readonly span?: Span | null;
    },
  ): Promise<ReleaseAnswer> {
    const request: EngineRequest = {
      prompt: rendered.prompt,
      max_tokens: Math.min(options.maxTokens ?? Infinity, prompt.maxOutputTokens),
      temperature: prompt.temperature,
      ...(prompt.stop.length > 0 ? {stop: prompt.stop} : {}),
      ...(prompt.choices === undefined ? {} : {structured_outputs: {choice: Object.values(prompt.choices)}}),
    };
    const {signal, onText, span = null} = options;
    if (prompt.choices !== undefined) {
      const engine = await this.#options.completions.complete(model, request, {
        span,
        ...(signal ? {signal} : {}),
      });
      const label = labelOf(prompt.choices, engine.text);
      onText?.(label);
      return {content: label, scrubbed: label, finish: 'stop', engine};
    }
    const guard = new StreamGuard(guardrails);
    const send = (piece: string) => {
      if (piece !== '') onText?.(piece);
    };
    const engine = await this.#options.completions.complete(model, request, {
      span,
      ...(signal ? {signal} : {}),
      ...(onText === undefined ? {} : {onText: (piece: string) => send(guard.push(piece))}),
    });
    if (onText !== undefined) send(guard.end());
    const content = guardrails.whole(engine.text);
    return {
      content,
      scrubbed: guardrails.scrubbed(content),
      finish: engine.finish,
      engine,
    };
  }

  #render(prompt: PromptVersion, {fields, messages}: Transformed, tokenizer: Tokenizer): RenderedPrompt {
    try {
      return renderPrompt(prompt, fields, tokenizer, messages);
    } catch (error) {
      if (error instanceof RatchetError && error.type === 'InvalidInput')
        throw new GatewayError(400, 'input_unreadable', `messages: ${error.message}`, {
          param: 'messages',
          cause: error,
        });
      throw error;
    }
  }
}

/** A chat message as the input transform takes it: OpenAI's `developer` is what models know as `system`. */
function openMessage(message: ChatRequest['messages'][number]): object {
  return {...message, role: message.role === 'developer' ? 'system' : message.role, content: textOf(message)};
}

/** Characters of a message's other parts: its name, its tool calls. */
function charsBeside({content: _content, role: _role, ...rest}: ChatRequest['messages'][number]): number {
  let chars = 0;
  const count = (value: unknown): void => {
    if (typeof value === 'string') chars += value.length;
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(count);
  };
  count(rest);
  return chars;
}

/** The label whose choice the engine gave. Throws GatewayError 502 if it gave something else. */
function labelOf(choices: Readonly<Record<string, string>>, text: string): string {
  const label =
    Object.keys(choices).find((name) => choices[name] === text) ??
    Object.keys(choices).find((name) => choices[name]!.trim() === text.trim());
  if (label !== undefined) return label;
  throw new GatewayError(
    502,
    'no_label',
    'the engine gave none of the choices: it must support structured_outputs',
  );
}

/** Of a record's fields those that the task shows the model: nobody has to send an answer to get one. */
function shownBy({inputs}: PromptVersion, transform: InputTransform): InputTransform {
  if (transform.format !== 'record') return transform;
  return {...transform, fields: transform.fields.filter((name) => inputs.includes(name))};
}
