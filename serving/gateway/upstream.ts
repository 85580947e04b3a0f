import http from 'node:http';
import https from 'node:https';
import type {Span} from '@opentelemetry/api';
import {traceparentOf} from '../../telemetry/tracing.ts';
import {eventData} from './server-sent-events.ts';

export interface UpstreamAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The whole body of an answer that is no stream; null for a stream. */
  readonly text: string | null;
  /** The data of each server-sent event that has any, without `[DONE]`; empty for an answer that is no stream. */
  readonly events: AsyncIterable<string>;
}

/** Over node:http with kept connections: a fetch costs three times as much, and this is what the gateway adds. */
export class Upstream {
  readonly url: string;
  readonly #base: URL;
  readonly #agent: http.Agent;
  readonly #request: typeof http.request;
  readonly #headers: Record<string, string>;
  readonly #timeoutMs: number;

  constructor(url: string, options: {readonly apiKey?: string; readonly timeoutMs: number}) {
    this.url = url.replace(/\/+$/, '').replace(/\/v1$/, '');
    this.#base = new URL(this.url);
    const secure = this.#base.protocol === 'https:';
    this.#request = secure ? https.request : http.request;
    this.#agent = new (secure ? https : http).Agent({keepAlive: true, maxSockets: Infinity});
    this.#headers = options.apiKey === undefined ? {} : {authorization: `Bearer ${options.apiKey}`};
    this.#timeoutMs = options.timeoutMs;
  }

  /** `span`: told to the other side. Rejects with the socket's error, or `timeout`, or the signal's reason. */
  async post(path: string, body: object, signal?: AbortSignal, span?: Span): Promise<UpstreamAnswer> {
    const payload = Buffer.from(JSON.stringify(body));
    const response = await this.#send(path, payload, signal, span);
    const status = response.statusCode ?? 0;
    const retryAfter = response.headers['retry-after'];
    if (response.headers['content-type']?.startsWith('text/event-stream'))
      return {status, retryAfter, text: null, events: events(response)};
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    return {status, retryAfter, text: Buffer.concat(chunks).toString(), events: none()};
  }

  /** Whether it answers a GET with 200; rejects as post does. */
  async answers(path: string, signal: AbortSignal): Promise<boolean> {
    const response = await this.#send(path, null, signal);
    response.resume();
    return response.statusCode === 200;
  }

  /** A GET where there is no payload. */
  async #send(
    path: string,
    payload: Buffer | null,
    signal?: AbortSignal,
    span?: Span,
  ): Promise<http.IncomingMessage> {
    const body =
      payload === null ? {} : {'content-type': 'application/json', 'content-length': payload.length};
    const traceparent = span === undefined ? {} : {traceparent: traceparentOf(span)};
    for (let attempt = 0; ; attempt++) {
      const request = this.#request({
        protocol: this.#base.protocol,
        hostname: this.#base.hostname,
        port: this.#base.port,
        path: this.#base.pathname.replace(/\/$/, '') + path,
        method: payload === null ? 'GET' : 'POST',
        agent: this.#agent,
        headers: {...this.#headers, ...traceparent, ...body},
        timeout: this.#timeoutMs,
        ...(signal === undefined ? {} : {signal}),
      });
      try {
        return await new Promise((resolve, reject) => {
          request.once('response', resolve);
          request.once('error', reject);
          request.once('timeout', () => request.destroy(new Error(`no answer in ${this.#timeoutMs} ms`)));
          request.end(payload ?? undefined);
        });
      } catch (error) {
        // A kept connection that the other side had just closed; nothing of the request was read.
        const stale = request.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
        if (!stale || attempt > 0) throw error;
      }
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function* none(): AsyncGenerator<string, void, undefined> {}

async function* events(response: http.IncomingMessage): AsyncGenerator<string, void, undefined> {
  response.setEncoding('utf8');
  for await (const data of eventData(response as AsyncIterable<string>)) {
    if (data === '[DONE]') return;
    if (data !== '') yield data;
  }
}
