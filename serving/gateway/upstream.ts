import type {Span} from '@opentelemetry/api';
import {Pool, errors, type Dispatcher} from 'undici';
import {traceparentOf} from '../../telemetry/tracing.ts';
import {Reception, type ReceptionOptions, type UpstreamAnswer} from './reception.ts';

export interface PostOptions extends Omit<ReceptionOptions, 'inWords'> {
  readonly span?: Span | undefined;
}

/**
 * Over undici with kept connections, by its dispatch(): node:http takes twice the CPU time, undici's request() half as much again,
 * and this is what the gateway adds.
 */
export class Upstream {
  readonly url: string;
  readonly #pool: Pool;
  /** What its paths begin with. */
  readonly #prefix: string;
  readonly #headers: Record<string, string>;
  readonly #timeoutMs: number;

  constructor(url: string, options: {readonly apiKey?: string; readonly timeoutMs: number}) {
    this.url = url.replace(/\/+$/, '').replace(/\/v1$/, '');
    const {origin, pathname} = new URL(this.url);
    this.#timeoutMs = options.timeoutMs;
    this.#pool = new Pool(origin, {
      connections: null,
      headersTimeout: options.timeoutMs,
      bodyTimeout: options.timeoutMs,
      // An engine is asked one thing a connection, whatever stands before it can do.
      allowH2: false,
    });
    this.#prefix = pathname.replace(/\/$/, '');
    this.#headers = options.apiKey === undefined ? {} : {authorization: `Bearer ${options.apiKey}`};
  }

  /**
   * `span`: told to the other side. `onEvent`: gets the data of a stream's events (Reception). Rejects with the socket's error,
   * or `no answer in`, or the signal's reason, or what `onEvent` threw.
   */
  post(path: string, body: object, {span, ...options}: PostOptions = {}): Promise<UpstreamAnswer> {
    const traceparent = span === undefined ? {} : {traceparent: traceparentOf(span)};
    return this.#send(
      {
        method: 'POST',
        path: this.#prefix + path,
        headers: {...this.#headers, ...traceparent, 'content-type': 'application/json'},
        body: JSON.stringify(body),
      },
      options,
    );
  }

  /** Whether it answers a GET with 200; rejects as post does. */
  async answers(path: string, signal: AbortSignal): Promise<boolean> {
    const asked = {method: 'GET', path: this.#prefix + path, headers: this.#headers};
    return (await this.#send(asked, {signal})).status === 200;
  }

  async #send(
    request: Dispatcher.DispatchOptions,
    options: Omit<ReceptionOptions, 'inWords'>,
  ): Promise<UpstreamAnswer> {
    for (let attempt = 0; ; attempt++) {
      const reception = new Reception({...options, inWords: (error) => this.#inWords(error)});
      this.#pool.dispatch(request, reception);
      try {
        return await reception.answer;
      } catch (error) {
        // Most often a kept connection that the other side had just closed; of the request nothing was answered.
        if (attempt > 0 || reception.begun || !brokenOff(error)) throw error;
      }
    }
  }

  #inWords(error: Error): Error {
    const late = error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError;
    return late ? new Error(`no answer in ${this.#timeoutMs} ms`, {cause: error}) : error;
  }

  close(): void {
    void this.#pool.destroy();
  }
}

function brokenOff(error: unknown): boolean {
  const {code} = error as NodeJS.ErrnoException;
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}
