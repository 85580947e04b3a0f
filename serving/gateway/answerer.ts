import type {Span} from '@opentelemetry/api';
import {estimatedMeasure} from '../../core/prompts/measure.ts';
import {renderPrompt, renderTurns, type RenderedPrompt} from '../../core/prompts/render.ts';
import {sha256Hex} from '../../core/identity/digest.ts';
import type {Transformed} from '../../core/curation/transform.ts';
import type {Tokenizer} from '../../core/prompts/tokenizer.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {BaseModel, InputTransform, PromptVersion} from '../../schemas/release.ts';
import {askedText, noSuchModel, textOf, type ChatRequest} from './chat-request.ts';
import {
  askedInOrder,
  isOpen,
  promptOf,
  type EngineModel,
  type NamedModel,
} from '../../core/releases/models.ts';
import type {Completions} from './completions.ts';
import type {ServedRelease} from './deployment-watch.ts';
import type {EngineAnswer, EngineRequest} from './engine-answer.ts';
import {GatewayError} from './gateway-error.ts';
import type {ProviderAnswers, ProviderQuestion} from './provider-answers.ts';
import type {RequestReader} from './request-reader.ts';
import {StreamGuard} from './stream-guard.ts';

/** A request as one release will be asked. */
export interface RenderedRequest {
  readonly prompt: PromptVersion;
  readonly transformed: Transformed;
  /** The task's models, in the order in which they are asked. */
  readonly models: readonly NamedModel[];
  /** What the first of them is asked. */
  readonly first: Question;
  /** sha256 of what the first is asked. */
  readonly promptDigest: string;
}

/** A request as one model takes it: an engine a text, a vendor messages. */
type Question =
  | {readonly kind: 'engine'; readonly model: EngineModel; readonly rendered: RenderedPrompt}
  | ({readonly kind: 'provider'} & Pick<ProviderQuestion, 'name' | 'part' | 'turns'>);

export interface ReleaseAnswer {
  /** Name in the release of the model that answered. */
  readonly model: string;
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
  readonly providers: ProviderAnswers;
  readonly reader: RequestReader;
  /** Hears of each model that did not answer, and the next one is asked. */
  readonly fellBack: (task: string, from: string, to: string, why: GatewayError) => void;
}

interface AnswerOptions {
  readonly maxTokens?: number | undefined;
  readonly signal?: AbortSignal;
  readonly onText?: (piece: string) => void;
  /** The span above of the engine's. */
  readonly span?: Span | null;
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
    const models = askedInOrder(release, task);
    const first = this.#question(release, models[0]!, {prompt, transformed});
    const asked = first.kind === 'engine' ? first.rendered.prompt : JSON.stringify(first.turns);
    return {prompt, transformed, models, first, promptDigest: sha256Hex(asked)};
  }

  /**
   * By the first of the task's models that answers; a stream that broke off goes on with no other. `onText` streams the answer as
   * it may leave. Throws GatewayError, that of the last model asked.
   */
  async answer(
    served: ServedRelease,
    asked: RenderedRequest,
    options: AnswerOptions,
  ): Promise<ReleaseAnswer> {
    const {models, prompt} = asked;
    let begun = false;
    const {onText} = options;
    const listening = {
      ...options,
      ...(onText === undefined
        ? {}
        : {
            onText: (piece: string) => {
              begun = true;
              onText(piece);
            },
          }),
    };
    for (let i = 0; ; i++) {
      const {name} = models[i]!;
      const question = i === 0 ? asked.first : this.#question(served.release, models[i]!, asked);
      try {
        return {...(await this.#answerBy(question, prompt, served, listening)), model: name};
      } catch (error) {
        const next = models[i + 1];
        if (next === undefined || begun || options.signal?.aborted || !mayAnother(error)) throw error;
        this.#options.fellBack(prompt.task, name, next.name, error);
      }
    }
  }

  async #answerBy(
    question: Question,
    prompt: PromptVersion,
    {guardrails}: ServedRelease,
    {maxTokens: wanted, signal, onText, span = null}: AnswerOptions,
  ): Promise<Omit<ReleaseAnswer, 'model'>> {
    const maxTokens = Math.min(wanted ?? Infinity, prompt.maxOutputTokens);
    const choices = prompt.choices === undefined ? undefined : Object.values(prompt.choices);
    const ask = (listen?: (piece: string) => void) => {
      const options = {span, ...(signal ? {signal} : {}), ...(listen ? {onText: listen} : {})};
      if (question.kind === 'provider') {
        const {temperature, stop} = prompt;
        const asked = {...question, maxTokens, temperature, stop, ...(choices ? {choices} : {})};
        return this.#options.providers.answer(asked, options);
      }
      return this.#options.completions.complete(
        question.model,
        engineRequest(question.rendered.prompt, prompt, maxTokens),
        options,
      );
    };
    if (prompt.choices !== undefined) {
      const engine = await ask();
      const label = labelOf(prompt.choices, engine.text);
      onText?.(label);
      return {content: label, scrubbed: label, finish: 'stop', engine};
    }
    const guard = new StreamGuard(guardrails);
    const send = (piece: string) => {
      if (piece !== '') onText?.(piece);
    };
    const engine = await ask(onText && ((piece) => send(guard.push(piece))));
    if (onText !== undefined) send(guard.end());
    const content = guardrails.whole(engine.text);
    return {content, scrubbed: guardrails.scrubbed(content), finish: engine.finish, engine};
  }

  #question(
    {project, digest}: ServedRelease['release'],
    {name, part}: NamedModel,
    {prompt, transformed}: Pick<RenderedRequest, 'prompt' | 'transformed'>,
  ): Question {
    if (!isOpen(part)) {
      const {turns} = readable(() =>
        renderTurns(prompt, transformed.fields, estimatedMeasure, transformed.messages),
      );
      return {kind: 'provider', name, part, turns};
    }
    const {adapter, ...base} = part;
    const rendered = this.#render(prompt, transformed, this.#options.tokenizerOf(base));
    return {kind: 'engine', model: {project, digest, base, adapter}, rendered};
  }

  #render(prompt: PromptVersion, {fields, messages}: Transformed, tokenizer: Tokenizer): RenderedPrompt {
    return readable(() => renderPrompt(prompt, fields, tokenizer, messages));
  }
}

/** Another model may answer where this one does not; a request that cannot be taken is not asked twice. */
function mayAnother(error: unknown): error is GatewayError {
  return error instanceof GatewayError && error.status >= 500;
}

function engineRequest(text: string, prompt: PromptVersion, maxTokens: number): EngineRequest {
  return {
    prompt: text,
    max_tokens: maxTokens,
    temperature: prompt.temperature ?? 0,
    ...(prompt.stop.length > 0 ? {stop: prompt.stop} : {}),
    ...(prompt.choices === undefined ? {} : {structured_outputs: {choice: Object.values(prompt.choices)}}),
  };
}

/** Throws GatewayError 400 for an input that the prompt cannot be rendered with. */
function readable<T>(render: () => T): T {
  try {
    return render();
  } catch (error) {
    if (error instanceof RatchetError && error.type === 'InvalidInput')
      throw new GatewayError(400, 'input_unreadable', `messages: ${error.message}`, {
        param: 'messages',
        cause: error,
      });
    throw error;
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
  throw new GatewayError(502, 'no_label', 'the model gave none of the choices');
}

/** Of a record's fields those that the task shows the model: nobody has to send an answer to get one. */
function shownBy({inputs}: PromptVersion, transform: InputTransform): InputTransform {
  if (transform.format !== 'record') return transform;
  return {...transform, fields: transform.fields.filter((name) => inputs.includes(name))};
}
