import OpenAI, {APIError} from 'openai';
import type {ChatCompletion} from 'openai/resources';
import {retryAfter} from '../../inference/refusals.ts';
import type {ChatAsk} from '../chat-model.ts';
import type {Driver} from '../driver.ts';
import type {DriverOptions} from '../open-provider.ts';
import {UnreadableAnswerError} from '../failures.ts';
import {endedBy} from '../transport.ts';
import {shouldRetry, wordsOf, type VendorSaid} from '../vendor-said.ts';

/** OpenAI, and servers that speak as it does: everything is passed on as it is, there and back. */
export function openaiDriver({asked, endpoint, apiKey, organization, project}: DriverOptions): Driver {
  const {model, vendor} = asked;
  const client = new OpenAI({
    baseURL: endpoint.baseUrl,
    apiKey,
    organization,
    project,
    adminAPIKey: null,
    maxRetries: 0,
    timeout: NEVER_MS,
    logLevel: 'off',
    fetch: endpoint.transport.fetch,
  });
  const body = (ask: ChatAsk) =>
    ({...(vendor === 'openai' ? ask : asCompatible(ask)), model}) as ChatAsk & {model: string};
  const unreadable = (what: string) => new UnreadableAnswerError(`${asked.endpoint} sent ${what}`);

  return {
    async complete(ask, signal): Promise<ChatCompletion> {
      const answer: unknown = await client.chat.completions.create(
        {...body(ask), stream: false},
        endedBy(signal),
      );
      if (!isCompletion(answer)) throw refusedWith200(answer) ?? unreadable('no chat completion');
      return answer;
    },
    stream: (ask, signal) =>
      client.chat.completions.create(
        {...body(ask), stream: true, stream_options: {include_usage: true}},
        endedBy(signal),
      ),
    async embed({input, dimensions}, signal) {
      const answer = await client.embeddings.create(
        {model, input: [...input], ...(dimensions === undefined ? {} : {dimensions})},
        endedBy(signal),
      );
      if (answer?.data?.length !== input.length)
        throw unreadable('another number of embeddings than of texts');
      return answer;
    },
    said,
  };
}

/** ProviderModel and the transport set the time-outs. The longest that a timer takes. */
const NEVER_MS = 2 ** 31 - 1;

/** As servers besides OpenAI's own know it: `developer` is OpenAI's newer word for `system`, and `max_completion_tokens` for `max_tokens`. */
function asCompatible({max_completion_tokens: most, messages, ...ask}: ChatAsk): object {
  return {
    ...ask,
    messages: messages.map((message) =>
      message.role === 'developer' ? {...message, role: 'system'} : message,
    ),
    ...(most === undefined ? {} : {max_tokens: most}),
  };
}

function isCompletion(answer: unknown): answer is ChatCompletion {
  if (typeof answer !== 'object' || answer === null || !('choices' in answer)) return false;
  const {choices} = answer;
  return Array.isArray(choices) && choices.length > 0 && choices.every(hasMessage);
}

function hasMessage(choice: unknown): boolean {
  const message = (choice as {message?: unknown} | null)?.message;
  return typeof message === 'object' && message !== null;
}

/** Proxies in front of several vendors answer 200 and an error. */
function refusedWith200(answer: unknown): APIError | null {
  const error = (answer as {error?: object} | null | undefined)?.error;
  return typeof error === 'object' && error !== null
    ? new APIError(undefined, error, undefined, undefined)
    : null;
}

function said(error: unknown): VendorSaid | null {
  if (!(error instanceof APIError) || (error.status === undefined && error.error === undefined)) return null;
  const headers = error.headers as Headers | undefined;
  const {code, type, param} = error;
  const inBody = typeof code === 'number' ? code : Number(code ?? NaN);
  return {
    status: (error.status as number | undefined) ?? (inBody >= 400 && inBody < 600 ? inBody : null),
    kind: wordsOf(type, code, param),
    message: error.message,
    retryAfterMs: retryAfter(headers),
    shouldRetry: shouldRetry(headers),
  };
}
