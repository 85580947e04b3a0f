import {StringDecoder} from 'node:string_decoder';
import type {Dispatcher} from 'undici';
import {EventReader} from './server-sent-events.ts';

export interface UpstreamAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The whole body; null for a stream, whose events were given as they came. */
  readonly text: string | null;
}

export interface ReceptionOptions {
  /** What undici throws, as it is told. */
  readonly inWords: (error: Error) => Error;
  readonly signal?: AbortSignal | undefined;
  /**
   * The data of each server-sent event that has any, up to `[DONE]`, at once: each step in between would be time that a chunk
   * takes. What it throws ends the answer. Without it a stream is a text.
   */
  readonly onEvent?: ((data: string) => void) | undefined;
}

/** Takes in what undici's dispatch() brings: an answer in one piece, or a stream of events. */
export class Reception implements Dispatcher.DispatchHandler {
  /** Resolves when all of it is there. Rejects with what undici throws, in words, the signal's reason, or what `onEvent` threw. */
  readonly answer: Promise<UpstreamAnswer>;
  /** Whether the other side has answered anything. */
  begun = false;
  readonly #options: ReceptionOptions;
  #resolve!: (answer: UpstreamAnswer) => void;
  #reject!: (error: Error) => void;
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #retryAfter: string | undefined;
  #pieces: Buffer[] = [];
  /** Null for an answer in one piece. */
  #stream: {readonly events: EventReader; readonly decoder: StringDecoder} | null = null;
  /** `[DONE]` has come, or nothing more is wanted. */
  #over = false;

  constructor(options: ReceptionOptions) {
    this.#options = options;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    options.signal?.addEventListener('abort', this.#abort);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#options.signal?.aborted === true) this.#abort();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.begun = true;
    this.#status = status;
    this.#retryAfter = first(headers['retry-after']);
    const {onEvent} = this.#options;
    const events = first(headers['content-type'])?.startsWith('text/event-stream') === true;
    if (!events || status !== 200 || onEvent === undefined) return;
    const onData = (data: string): void => {
      if (this.#over || data === '') return;
      if (data === '[DONE]') this.#end();
      else onEvent(data);
    };
    this.#stream = {events: new EventReader(onData), decoder: new StringDecoder('utf8')};
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.#stream === null) {
      this.#pieces.push(piece);
      return;
    }
    try {
      this.#stream.events.take(this.#stream.decoder.write(piece));
    } catch (error) {
      this.#over = true;
      this.#reject(error as Error);
      // The other side need not go on either.
      controller.abort(error as Error);
    }
  }

  onResponseEnd(): void {
    this.#leaveSignal();
    this.#end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#leaveSignal();
    this.#reject(this.#options.inWords(error));
  }

  #end(): void {
    this.#over = true;
    const text = this.#stream === null ? Buffer.concat(this.#pieces).toString() : null;
    this.#resolve({status: this.#status, retryAfter: this.#retryAfter, text});
  }

  readonly #abort = (): void => {
    const reason = this.#options.signal!.reason as Error;
    this.#over = true;
    this.#controller?.abort(reason);
    // It may still wait for a connection.
    this.#reject(reason);
  };

  #leaveSignal(): void {
    this.#options.signal?.removeEventListener('abort', this.#abort);
  }
}

function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}
