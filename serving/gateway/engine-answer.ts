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
}

interface CompletionBody {
  readonly choices: readonly {readonly text: string; readonly finish_reason: string | null}[];
  readonly usage?: {readonly prompt_tokens: number; readonly completion_tokens: number} | null;
  readonly error?: {readonly message: string};
}

/** What an engine answered in one piece. */
export function whole(text: string, began: number): EngineAnswer {
  const {choices, usage} = JSON.parse(text) as CompletionBody;
  return {
    text: choices[0]!.text,
    finish: choices[0]!.finish_reason ?? 'stop',
    promptTokens: usage?.prompt_tokens ?? 0,
    completionTokens: usage?.completion_tokens ?? 0,
    modelMs: performance.now() - began,
  };
}

/** What it answered piece by piece. Throws where it broke off, or told of an error. */
export async function streamed(
  events: AsyncIterable<string>,
  began: number,
  onText: (piece: string) => void,
): Promise<EngineAnswer> {
  let text = '';
  let finish: string | null = null;
  let usage: CompletionBody['usage'];
  for await (const data of events) {
    const chunk = JSON.parse(data) as CompletionBody;
    if (chunk.error !== undefined) throw new Error(chunk.error.message);
    usage = chunk.usage ?? usage;
    const choice = chunk.choices[0];
    if (choice === undefined) continue;
    finish = choice.finish_reason ?? finish;
    if (choice.text === '') continue;
    text += choice.text;
    onText(choice.text);
  }
  if (finish === null) throw new Error('the engine broke off in the middle of an answer');
  return {
    text,
    finish,
    promptTokens: usage?.prompt_tokens ?? 0,
    completionTokens: usage?.completion_tokens ?? 0,
    modelMs: performance.now() - began,
  };
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
