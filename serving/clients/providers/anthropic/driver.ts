import Anthropic, {APIError} from '@anthropic-ai/sdk';
import {retryAfter} from '../../inference/refusals.ts';
import type {Driver} from '../driver.ts';
import {UnreadableAnswerError, UnsupportedParameterError} from '../failures.ts';
import type {DriverOptions} from '../open-provider.ts';
import {endedBy} from '../transport.ts';
import {shouldRetry, wordsOf, type VendorSaid} from '../vendor-said.ts';
import {completionOf} from './answer.ts';
import {piecesOf} from './pieces.ts';
import {messagesRequest} from './request.ts';

/** Anthropic's Messages API. */
export function anthropicDriver({asked, endpoint, apiKey}: DriverOptions): Driver {
  const {model} = asked;
  const client = new Anthropic({
    baseURL: endpoint.baseUrl,
    apiKey,
    maxRetries: 0,
    timeout: NEVER_MS,
    logLevel: 'off',
    // Traces are the gateway's own, and go to no vendor.
    openTelemetry: {traces: false, propagation: false},
    fetch: endpoint.transport.fetch,
  });

  return {
    async complete(ask, signal) {
      const message = await client.messages.create(messagesRequest(ask, model), endedBy(signal));
      if (!Array.isArray(message?.content))
        throw new UnreadableAnswerError(`${asked.endpoint} sent no message`);
      return completionOf(message);
    },
    async stream(ask, signal) {
      const body = {...messagesRequest(ask, model), stream: true as const};
      return piecesOf(await client.messages.create(body, endedBy(signal)));
    },
    async embed() {
      throw new UnsupportedParameterError('embeddings', 'anthropic', 'its API has none');
    },
    said,
  };
}

/** ProviderModel and the transport set the time-outs. The longest that a timer takes. */
const NEVER_MS = 2 ** 31 - 1;

function said(error: unknown): VendorSaid | null {
  if (!(error instanceof APIError)) return null;
  const {
    status,
    error: body,
    type,
    errorCode,
    apiMessage,
    headers,
  } = error as APIError<number | undefined, Headers | undefined, object | undefined>;
  if (status === undefined && body === undefined) return null;
  return {
    status: status ?? null,
    kind: wordsOf(type, errorCode),
    message: apiMessage ?? '',
    retryAfterMs: retryAfter(headers),
    shouldRetry: shouldRetry(headers),
  };
}
