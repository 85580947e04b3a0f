import {Readable} from 'node:stream';
import type {Dispatcher} from 'undici';
import {eventData} from './server-sent-events.ts';

export interface UpstreamAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The whole body of an answer that is no stream, or of no success; null for a stream. */
  readonly text: string | null;
  /** The data of each server-sent event that has any, without `[DONE]`; empty where there is a text. */
  readonly events: AsyncIterable<string>;
}

/** Takes in what undici's dispatch() brings: an answer in one piece when it is whole, a stream of events when it begins. */
export class Reception implements Dispatcher.DispatchHandler {
  /** Rejects with what undici throws, through `inWords`, or the signal's reason. */
  readonly answer: Promise<UpstreamAnswer>;
  /** Whether the other side has answered anything. */
  begun = false;
  readonly #inWords: (error: Error) => Error;
  readonly #signal: AbortSignal | undefined;
  #resolve!: (answer: UpstreamAnswer) => void;
  #reject!: (error: Error) => void;
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #retryAfter: string | undefined;
  #pieces: Buffer[] = [];
  /** Null for an answer in one piece. */
  #stream: Readable | null = null;

  constructor(inWords: (error: Error) => Error, signal?: AbortSignal) {
    this.#inWords = inWords;
    this.#signal = signal;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    signal?.addEventListener('abort', this.#abort);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#signal?.aborted === true) this.#abort();
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.begun = true;
    this.#status = status;
    this.#retryAfter = first(headers['retry-after']);
    const events = first(headers['content-type'])?.startsWith('text/event-stream') === true;
    if (!events || status !== 200) return;
    const stream = new Readable({
      read: () => controller.resume(),
      destroy: (error, done) => {
        // Nobody reads on: the other side need not go on either.
        if (this.#stream !== null) controller.abort(error ?? new Error('no more of it is wanted'));
        done(error);
      },
    });
    // Who reads it is told of an error; while nobody does, it must not end the process.
    stream.on('error', () => undefined);
    this.#stream = stream;
    this.#resolve({status, retryAfter: this.#retryAfter, text: null, events: eventsOf(stream)});
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.#stream === null) this.#pieces.push(piece);
    else if (!this.#stream.push(piece)) controller.pause();
  }

  onResponseEnd(): void {
    this.#leaveSignal();
    const stream = this.#stream;
    this.#stream = null;
    if (stream !== null) stream.push(null);
    else
      this.#resolve({
        status: this.#status,
        retryAfter: this.#retryAfter,
        text: Buffer.concat(this.#pieces).toString(),
        events: none(),
      });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#leaveSignal();
    const stream = this.#stream;
    this.#stream = null;
    stream?.destroy(this.#inWords(error));
    this.#reject(this.#inWords(error));
  }

  readonly #abort = (): void => {
    const reason = this.#signal!.reason as Error;
    this.#controller?.abort(reason);
    // It may still wait for a connection.
    this.#reject(reason);
  };

  #leaveSignal(): void {
    this.#signal?.removeEventListener('abort', this.#abort);
  }
}

async function* eventsOf(stream: Readable): AsyncGenerator<string, void, undefined> {
  stream.setEncoding('utf8');
  for await (const data of eventData(stream as AsyncIterable<string>)) {
    if (data === '[DONE]') return;
    if (data !== '') yield data;
  }
}

async function* none(): AsyncGenerator<string, void, undefined> {}

function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}
