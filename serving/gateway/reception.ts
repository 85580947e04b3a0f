import {StringDecoder} from 'node:string_decoder';
import type {Dispatcher} from 'undici';
import {EventReader} from './server-sent-events.ts';

export interface UpstreamAnswer {
  readonly status: number;
  /** The whole body; null for a stream, whose events were given as they came. */
  readonly text: string | null;
}

/** An answer's end comes with its `[DONE]` or soon after; a connection on which it does not is of no more use. */
const LINGER_MS = 1000;

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
  #pieces: Buffer[] = [];
  /** Null for an answer in one piece. */
  #stream: {readonly events: EventReader; readonly decoder: StringDecoder} | null = null;
  /** `[DONE]` has come, or nothing more is wanted. */
  #over = false;
  #lingering: NodeJS.Timeout | undefined;

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
    const {onEvent} = this.#options;
    const events = first(headers['content-type'])?.startsWith('text/event-stream') === true;
    if (!events || status !== 200 || onEvent === undefined) return;
    const onData = (data: string): void => {
      if (this.#over || data === '') return;
      if (data !== '[DONE]') return onEvent(data);
      this.#end();
      this.#lingering = setTimeout(this.#hangUp, LINGER_MS).unref();
    };
    this.#stream = {events: new EventReader(onData), decoder: new StringDecoder('utf8')};
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.#stream === null) {
      this.#pieces.push(piece);
      return;
    }
    if (this.#over) return this.#hangUp();
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
    this.#leave();
    this.#end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#leave();
    this.#reject(this.#options.inWords(error));
  }

  #end(): void {
    this.#over = true;
    const text = this.#stream === null ? Buffer.concat(this.#pieces).toString() : null;
    this.#resolve({status: this.#status, text});
  }

  readonly #abort = (): void => {
    const reason = this.#options.signal!.reason as Error;
    this.#over = true;
    this.#controller?.abort(reason);
    // It may still wait for a connection.
    this.#reject(reason);
  };

  /** Nobody reads on: the other side need not go on either. */
  readonly #hangUp = (): void => this.#controller?.abort(new Error('no more of it is wanted'));

  #leave(): void {
    clearTimeout(this.#lingering);
    this.#options.signal?.removeEventListener('abort', this.#abort);
  }
}

function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}
