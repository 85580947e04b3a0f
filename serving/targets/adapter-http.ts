import {z} from 'zod';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {explainError, firstOf} from '../../schemas/explain-issue.ts';

/** Engines answer these within seconds; loading waits behind a request that is being answered. */
const TIMEOUT_MS = 60_000;

const Models = z.looseObject({
  data: z.array(z.looseObject({id: z.string(), root: z.string().nullish(), parent: z.string().nullish()})),
});
const Failure = z.looseObject({error: z.looseObject({message: z.string()})});
const Echo = z.looseObject({
  choices: z
    .array(z.looseObject({logprobs: z.looseObject({token_logprobs: z.array(z.number().nullable())})}))
    .min(1),
});

export interface ServedModel {
  readonly id: string;
  /** The folder an adapter was loaded from; null for a base. */
  readonly root: string | null;
  /** Null for a base. */
  readonly parent: string | null;
}

/**
 * vLLM's adapter interface, spoken by the embedded engine too: GET /v1/models, POST /v1/load_lora_adapter and
 * /v1/unload_lora_adapter (vLLM: with VLLM_ALLOW_RUNTIME_LORA_UPDATING=True), and echoed log-probabilities.
 */
export class AdapterClient {
  /** Without `/v1`. */
  readonly url: string;
  readonly #headers: Record<string, string>;

  constructor(url: string, apiKey?: string) {
    this.url = url.replace(/\/+$/, '').replace(/\/v1$/, '');
    this.#headers = apiKey === undefined ? {} : {authorization: `Bearer ${apiKey}`};
  }

  async models(): Promise<ServedModel[]> {
    const {status, text} = await this.#send('GET', '/v1/models');
    if (status !== 200) throw this.#failed('GET /v1/models', status, text);
    return this.#parse(Models, text, '/v1/models').data.map(({id, root, parent}) => ({
      id,
      root: root ?? null,
      parent: parent ?? null,
    }));
  }

  /** The name of the model without adapter. */
  async baseName(): Promise<string> {
    const base = (await this.models()).find(({parent}) => parent === null);
    if (base !== undefined) return base.id;
    throw new RatchetError(ErrorType.Unavailable, `${this.url}/v1/models names no base model`);
  }

  /** `already`: the name is taken; whether by the same adapter is for the caller to see. Other refusals: InvalidInput. */
  async load(name: string, path: string): Promise<'loaded' | 'already'> {
    const {status, text} = await this.#send('POST', '/v1/load_lora_adapter', {
      lora_name: name,
      lora_path: path,
    });
    if (status === 200) return 'loaded';
    if (status === 400 && /already been loaded|already loaded/.test(text)) return 'already';
    throw this.#failed(`POST /v1/load_lora_adapter of ${name} from ${path}`, status, text);
  }

  /** False if no adapter has that name. vLLM answers 404, older versions 400. */
  async unload(name: string): Promise<boolean> {
    const {status, text} = await this.#send('POST', '/v1/unload_lora_adapter', {lora_name: name});
    if (status === 200) return true;
    if (status === 404 || (status === 400 && /cannot be found/.test(text))) return false;
    throw this.#failed(`POST /v1/unload_lora_adapter of ${name}`, status, text);
  }

  /** Log-probability of each token of the text but the first. Throws InvalidInput where the model is not there. */
  async echo(model: string, text: string): Promise<number[]> {
    const answer = await this.#send('POST', '/v1/completions', {
      model,
      prompt: text,
      max_tokens: 0,
      temperature: 0,
      echo: true,
      logprobs: 1,
    });
    if (answer.status !== 200)
      throw this.#failed(`POST /v1/completions of ${model}`, answer.status, answer.text);
    const [choice] = this.#parse(Echo, answer.text, '/v1/completions').choices;
    return choice!.logprobs.token_logprobs.slice(1).map((value) => value ?? 0);
  }

  async #send(method: 'GET' | 'POST', path: string, body?: unknown): Promise<{status: number; text: string}> {
    try {
      const answer = await fetch(this.url + path, {
        method,
        headers: {...this.#headers, ...(body === undefined ? {} : {'content-type': 'application/json'})},
        ...(body === undefined ? {} : {body: JSON.stringify(body)}),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return {status: answer.status, text: await answer.text()};
    } catch (cause) {
      throw new RatchetError(
        ErrorType.Unavailable,
        `${this.url} does not answer (${why(cause as Error)}): is the engine up?`,
        {cause},
      );
    }
  }

  #failed(what: string, status: number, text: string): RatchetError {
    // What it said may repeat the key.
    if (status === 401 || status === 403)
      return new RatchetError(
        ErrorType.AccessDenied,
        `${this.url}: ${what} gave ${status}: check RATCHET_ENGINE_KEY`,
      );
    const said = Failure.safeParse(json(text));
    const line = `${this.url}: ${what} gave ${status}: ${(said.success ? said.data.error.message : text).slice(0, 300)}`;
    const ours = status >= 400 && status < 500 && status !== 408 && status !== 429;
    return new RatchetError(ours ? ErrorType.InvalidInput : ErrorType.Unavailable, line);
  }

  #parse<T extends z.ZodType>(schema: T, text: string, path: string): z.infer<T> {
    const parsed = schema.safeParse(json(text));
    if (parsed.success) return parsed.data;
    throw new RatchetError(
      ErrorType.Unavailable,
      `${this.url}${path} answered in another shape: ${explainError(firstOf(parsed.error), undefined, 'the answer')}`,
    );
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function why(error: Error): string {
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}
