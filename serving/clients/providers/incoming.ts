import type {Dispatcher} from 'undici';
import {TransportError} from './transport-error.ts';

export interface IncomingOptions {
  /** The longest silence within an answer, in ms. */
  readonly idleMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal | null | undefined;
}

/** Bytes that may wait to be read before the vendor is made to wait. */
const HIGH_WATER = 1 << 20;

/**
 * The longest line of a stream of events, in bytes: Google's SDK looks through all of an unfinished one again with each piece of it.
 * An image in an event has a few million.
 */
const LONGEST_LINE = 8 << 20;
const NEWLINE = 10;

/** Takes in what undici's dispatch() brings, and gives as much of a Response as the SDKs read. */
export class Incoming implements Dispatcher.DispatchHandler {
  /** Resolves with the headers. Rejects with a TransportError, or with the signal's reason. */
  readonly response: Promise<Response>;
  readonly #options: IncomingOptions;
  #resolve!: (response: Response) => void;
  #reject!: (error: Error) => void;
  #controller: Dispatcher.DispatchController | null = null;
  #body: Body | null = null;
  /** From the headers on. Undici's own time-out for a body is exact to a second only. */
  #silence: NodeJS.Timeout | undefined;
  #bytes = 0;
  /** Of a stream of events: bytes since the last line's end; null: it is none. */
  #line: number | null = null;

  constructor(options: IncomingOptions) {
    this.#options = options;
    this.response = new Promise((resolve, reject) => {
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
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    // 1xx: the answer is still to come.
    if (status < 200) return;
    this.#body = new Body(controller, () => this.#silence!.refresh());
    if (first(headers['content-type'])?.startsWith('text/event-stream') === true) this.#line = 0;
    this.#silence = setTimeout(this.#fellSilent, this.#options.idleMs);
    this.#resolve(responseOf(status, headers, this.#body));
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    this.#silence!.refresh();
    this.#bytes += piece.length;
    if (this.#line !== null) {
      const end = piece.lastIndexOf(NEWLINE);
      this.#line = end < 0 ? this.#line + piece.length : piece.length - 1 - end;
    }
    if (this.#bytes > this.#options.maxBytes || (this.#line ?? 0) > LONGEST_LINE)
      return controller.abort(new TransportError('too-long'));
    this.#body!.take(piece);
  }

  onResponseEnd(): void {
    this.#leave();
    this.#body?.end(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const own = error instanceof TransportError || error === this.#options.signal?.reason;
    this.#fail(own ? error : new TransportError('cut', {cause: error}));
  }

  readonly #abort = (): void => {
    const reason = this.#options.signal!.reason as Error;
    this.#controller?.abort(reason);
    // It may still wait for a connection.
    this.#fail(reason);
  };

  readonly #fellSilent = (): void => {
    // Who reads is slower than the vendor.
    if (this.#controller!.paused) this.#silence!.refresh();
    else this.#controller!.abort(new TransportError('idle'));
  };

  #fail(error: Error): void {
    this.#leave();
    if (this.#body === null) this.#reject(error);
    else this.#body.end(error);
  }

  #leave(): void {
    clearTimeout(this.#silence);
    this.#options.signal?.removeEventListener('abort', this.#abort);
  }
}

/** An answer's bytes as they come: to be iterated once, or read as by a web stream's reader. */
class Body implements AsyncIterableIterator<Uint8Array> {
  readonly #controller: Dispatcher.DispatchController;
  readonly #resumed: () => void;
  #pieces: Buffer[] = [];
  #held = 0;
  #over = false;
  #error: Error | null = null;
  #waiting: {resolve: (result: IteratorResult<Uint8Array>) => void; reject: (error: Error) => void} | null =
    null;

  /** `resumed` is called when the vendor, made to wait, may go on. */
  constructor(controller: Dispatcher.DispatchController, resumed: () => void) {
    this.#controller = controller;
    this.#resumed = resumed;
  }

  take(piece: Buffer): void {
    if (this.#over) return;
    if (this.#waiting !== null) {
      const {resolve} = this.#waiting;
      this.#waiting = null;
      return resolve({done: false, value: piece});
    }
    this.#pieces.push(piece);
    this.#held += piece.length;
    if (this.#held > HIGH_WATER) this.#controller.pause();
  }

  end(error: Error | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#error = error;
    if (this.#waiting === null) return;
    const {resolve, reject} = this.#waiting;
    this.#waiting = null;
    if (error === null) resolve({done: true, value: undefined});
    else reject(error);
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    // An error comes after what came before it.
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.#held -= piece.length;
      if (this.#controller.paused && this.#held <= HIGH_WATER / 2) {
        this.#resumed();
        this.#controller.resume();
      }
      return Promise.resolve({done: false, value: piece});
    }
    if (this.#error !== null) return Promise.reject(this.#error);
    if (this.#over) return Promise.resolve({done: true, value: undefined});
    return new Promise((resolve, reject) => {
      this.#waiting = {resolve, reject};
    });
  }

  /** Nobody reads on: the vendor need not go on either. */
  return(): Promise<IteratorResult<Uint8Array>> {
    if (!this.#over) {
      this.end(null);
      this.#controller.abort(new Error('no more of it is wanted'));
    }
    return Promise.resolve({done: true, value: undefined});
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  getReader() {
    return {
      read: () => this.next(),
      cancel: () => this.return(),
      releaseLock: () => undefined,
    };
  }

  cancel(): Promise<unknown> {
    return this.return();
  }

  async text(): Promise<string> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  }
}

function responseOf(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: Body,
): Response {
  const text = () => body.text();
  const response = {
    status,
    ok: status < 300,
    statusText: '',
    url: '',
    headers: headersOf(headers),
    body,
    text,
    json: async () => JSON.parse(await text()) as unknown,
  };
  return response as unknown as Response;
}

function headersOf(headers: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const all = new Headers();
  for (const [name, value] of Object.entries(headers))
    for (const one of [value ?? []].flat()) all.append(name, one);
  return all;
}

function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}
