import OpenAI from 'openai';
import type {FeedbackRequest} from '../schemas/trace.ts';

export interface GatewaySettings {
  /** Where the gateway answers: `http://127.0.0.1:8080`; a `/v1` at its end may be there or not. */
  readonly url: string;
  /** Whose tasks are asked: `tickets`. */
  readonly project: string;
  /** A gateway key, where the project has one. By default `RATCHET_API_KEY` of the environment, else none. */
  readonly apiKey?: string;
  /** An answer that takes longer is an error. 120,000 ms by default. */
  readonly timeoutMs?: number;
  /** Attempts after the first where the gateway is busy (429, by its `retry-after`) or away. 2 by default. */
  readonly retries?: number;
}

export interface Question {
  /** A text for the task, or a conversation. */
  readonly messages: string | readonly OpenAI.ChatCompletionMessageParam[];
  /** Your user's ID. One user gets the same release during a rollout. Ratchet keeps only a keyed hash of it. */
  readonly user?: string;
  /** The row's id, where the question is one of your own records. */
  readonly row?: string;
  readonly maxTokens?: number;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly text: string;
  /** 32 hex digits: what `feedback` and `ratchet lineage` take. */
  readonly trace: string;
  /** First 12 hex digits of the release that answered. */
  readonly release: string;
  /** `stop`, `length` or `content_filter`. */
  readonly finish: string;
  readonly usage: {readonly promptTokens: number; readonly completionTokens: number} | null;
}

/**
 * Asks a project's gateway, and says how good its answers were.
 *
 * Errors are those of the `openai` package (`OpenAI.APIError` and its kinds), with the gateway's `code` and `param`.
 *
 * @example
 * const tickets = new GatewayClient({url: 'http://127.0.0.1:8080', project: 'tickets'});
 * const answer = await tickets.ask('team', {messages: 'My parcel has not come.'});
 * await tickets.feedback(answer.trace, {correction: 'delivery'});
 */
export class GatewayClient {
  /** The client below, for what this one has no method for. */
  readonly openai: OpenAI;
  readonly #project: string;
  readonly #root: string;

  constructor({url, project, apiKey, timeoutMs = 120_000, retries = 2}: GatewaySettings) {
    this.#root = url.replace(/\/+$/, '').replace(/\/v1$/, '');
    this.#project = project;
    this.openai = new OpenAI({
      baseURL: `${this.#root}/v1`,
      // The package refuses to start without one; a gateway without keys does not look at it.
      apiKey: apiKey ?? process.env['RATCHET_API_KEY'] ?? 'none',
      timeout: timeoutMs,
      maxRetries: retries,
    });
  }

  /** The project's tasks, by name; empty before the first release. */
  async tasks(): Promise<string[]> {
    const names: string[] = [];
    for await (const {id} of this.openai.models.list()) names.push(id.slice(id.indexOf('/') + 1));
    return names;
  }

  async ask(task: string, question: Question): Promise<Answer> {
    const answer = await this.openai.chat.completions.create(this.#body(task, question), {
      signal: question.signal,
    });
    const [choice] = answer.choices;
    return {
      text: choice?.message.content ?? '',
      finish: choice?.finish_reason ?? 'stop',
      usage: usageOf(answer.usage),
      ...origin(answer),
    };
  }

  /**
   * The answer piece by piece; its return value is the whole of it. An answer that breaks off throws.
   *
   * @example
   * const pieces = tickets.stream('reply', {messages: 'Where is it?'});
   * for await (const piece of pieces) process.stdout.write(piece);
   */
  async *stream(task: string, question: Question): AsyncGenerator<string, Answer, undefined> {
    const chunks = await this.openai.chat.completions.create(
      {...this.#body(task, question), stream: true, stream_options: {include_usage: true}},
      {signal: question.signal},
    );
    let text = '';
    let finish: string | null = null;
    let usage: Answer['usage'] = null;
    let from: Pick<Answer, 'trace' | 'release'> | null = null;
    for await (const chunk of chunks) {
      from ??= origin(chunk);
      usage = usageOf(chunk.usage) ?? usage;
      const [choice] = chunk.choices;
      finish = choice?.finish_reason ?? finish;
      const piece = choice?.delta.content ?? '';
      if (piece === '') continue;
      text += piece;
      yield piece;
    }
    // A stream that the gateway ends itself always says why.
    if (from === null || finish === null)
      throw new OpenAI.APIConnectionError({message: 'the answer broke off before its end'});
    return {text, finish, usage, ...from};
  }

  /** What a user thought of an answer. Returns the feedback's id; it is in the store within seconds. */
  async feedback(trace: string, said: Omit<FeedbackRequest, 'trace'>): Promise<string> {
    const {id} = await this.openai.post<{id: string}>(`${this.#root}/feedback`, {body: {trace, ...said}});
    return id;
  }

  #body(task: string, {messages, user, row, maxTokens}: Question) {
    return {
      model: `${this.#project}/${task}`,
      messages: typeof messages === 'string' ? [{role: 'user' as const, content: messages}] : [...messages],
      ...(user === undefined ? {} : {user}),
      ...(row === undefined ? {} : {metadata: {row}}),
      ...(maxTokens === undefined ? {} : {max_completion_tokens: maxTokens}),
    };
  }
}

function origin(answer: {readonly id: string; readonly system_fingerprint?: string | null}) {
  return {
    trace: answer.id.replace(/^chatcmpl-/, ''),
    release: (answer.system_fingerprint ?? '').replace(/^fp_/, ''),
  };
}

function usageOf(usage: OpenAI.CompletionUsage | null | undefined): Answer['usage'] {
  return usage ? {promptTokens: usage.prompt_tokens, completionTokens: usage.completion_tokens} : null;
}
