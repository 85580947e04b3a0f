import {GatewayError, unavailable} from './gateway-error.ts';

/** A /v1/completions body without the model. */
export interface EngineRequest {
  readonly prompt: string;
  readonly max_tokens: number;
  readonly temperature: number;
  readonly stop?: readonly string[];
  readonly structured_outputs?: {readonly choice: readonly string[]};
}
export interface EngineAnswer {
  readonly text: string;
  readonly finish: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** From the request's start on the engine that answered to its last byte. */
  readonly modelMs: number;
  /** What a vendor takes for it, in the project's currency; missing: an engine's time. */
  readonly cost?: number;
}

interface CompletionBody {
  readonly choices: readonly {readonly text: string; readonly finish_reason: string | null}[];
  readonly usage?: {readonly prompt_tokens: number; readonly completion_tokens: number} | null;
  readonly error?: {readonly message: string};
}

/** What an engine answered in one piece. */
export function whole(body: string, began: number): EngineAnswer {
  const {choices, usage} = JSON.parse(body) as CompletionBody;
  const {text, finish_reason: finish} = choices[0]!;
  return {text, finish: finish ?? 'stop', ...tokensOf(usage), modelMs: performance.now() - began};
}

/** Puts together what it answers piece by piece. */
export class StreamedAnswer {
  readonly #onText: (piece: string) => void;
  #text = '';
  #finish: string | null = null;
  #usage: CompletionBody['usage'];

  constructor(onText: (piece: string) => void) {
    this.#onText = onText;
  }

  /** The data of an event. Throws where it tells of an error. */
  readonly take = (data: string): void => {
    const {error, usage, choices} = JSON.parse(data) as CompletionBody;
    if (error !== undefined) throw new Error(error.message);
    this.#usage = usage ?? this.#usage;
    const choice = choices[0];
    if (choice === undefined) return;
    this.#finish = choice.finish_reason ?? this.#finish;
    if (choice.text === '') return;
    this.#text += choice.text;
    this.#onText(choice.text);
  };

  /** All of it. Throws where it broke off. */
  whole(began: number): EngineAnswer {
    if (this.#finish === null) throw new Error('the engine broke off in the middle of an answer');
    const modelMs = performance.now() - began;
    return {text: this.#text, finish: this.#finish, ...tokensOf(this.#usage), modelMs};
  }
}

/** Traces are not checked again: what would make one unreadable counts as not told. */
function tokensOf(usage: CompletionBody['usage']): Pick<EngineAnswer, 'promptTokens' | 'completionTokens'> {
  const told = (count: unknown): number =>
    typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : 0;
  return {promptTokens: told(usage?.prompt_tokens), completionTokens: told(usage?.completion_tokens)};
}

/** What an engine's status other than 200 means for who asks the gateway. */
export function refused(status: number, text: string): Error {
  if (status === 429 || status === 503)
    return unavailable(
      'engine_busy',
      'every engine has as many requests waiting as it takes: try again shortly',
    );
  if (status === 400 || status === 422)
    return new GatewayError(
      400,
      'prompt_refused',
      'the model cannot take this input: it is too long for its context',
      {
        param: 'messages',
      },
    );
  // What it said may repeat the key.
  if (status === 401 || status === 403)
    return new Error(`the engine answered ${status}: check RATCHET_ENGINE_KEY`);
  // Nor its message: it may repeat the prompt, and this goes into the log.
  return new Error(`the engine answered ${status}${errorKind(text)}`);
}

/** ` (type code)` of an OpenAI-shaped error, as far as both are words; else nothing. */
function errorKind(text: string): string {
  try {
    const {error} = JSON.parse(text) as {error?: {type?: unknown; code?: unknown}};
    const words = [error?.type, error?.code].filter(
      (word) => typeof word === 'number' || (typeof word === 'string' && /^[\w.-]{1,64}$/.test(word)),
    );
    return words.length === 0 ? '' : ` (${words.join(' ')})`;
  } catch {
    return '';
  }
}
