import type {IncomingMessage, ServerResponse} from 'node:http';
import {jsonBeyond, type JsonBounds} from '../../core/access/json-bounds.ts';
import {GatewayError} from './gateway-error.ts';
import type {HeldBytes} from './held-bytes.ts';

export interface BodyReading {
  readonly held: HeldBytes;
  /** Whose bytes they are: a key's family, '' where no key is needed. */
  readonly key: string;
  /** Bytes of one body. */
  readonly most: number;
}

/**
 * A request's body, no larger than a body may be, and held against what its key and all requests together may hold until the
 * response is over: who sends half of it holds that half. Rejects with GatewayError 413, 429, 503, or 499 where the client
 * hangs up; the rest is then left unread.
 */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  {held, key, most}: BodyReading,
): Promise<Buffer> {
  if (declared(request) > most) return Promise.reject(tooLarge(most));
  return new Promise((resolve, reject) => {
    const body = new Growing(Math.min(most, declared(request) || most));
    response.once('close', () => held.give(key, body.length));
    const leave = () => {
      request.off('data', take);
      request.off('end', end);
      request.off('error', gone);
      request.off('close', gone);
    };
    const fail = (error: GatewayError) => {
      leave();
      reject(error);
    };
    const take = (piece: Buffer) => {
      if (body.length + piece.length > most) return fail(tooLarge(most));
      const full = held.take(key, piece.length);
      if (full !== null) return fail(full === 'key' ? KEY_FULL : ALL_FULL);
      body.add(piece);
    };
    const end = () => {
      leave();
      resolve(body.bytes);
    };
    const gone = (cause?: Error) =>
      fail(new GatewayError(499, 'client_closed', 'the client hung up', {cause}));
    request.on('data', take);
    request.on('end', end);
    request.on('error', gone);
    request.on('close', gone);
  });
}

const declared = ({headers}: IncomingMessage): number => Number(headers['content-length'] ?? 0);

/** Bytes in one piece of memory: a list of what came byte by byte takes a hundred times as much. */
class Growing {
  readonly #most: number;
  #memory: Buffer = Buffer.alloc(0);
  #length = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get length(): number {
    return this.#length;
  }
  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  add(piece: Buffer): void {
    const length = this.#length + piece.length;
    // Most bodies come in one piece.
    if (this.#length === 0 && length === this.#most) this.#memory = piece;
    else {
      if (length > this.#memory.length) this.#grow(length);
      piece.copy(this.#memory, this.#length);
    }
    this.#length = length;
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(this.#most, 2 * this.#memory.length)));
    this.#memory.copy(larger, 0, 0, this.#length);
    this.#memory = larger;
  }
}

/**
 * A body's JSON by `parse`. What holds too much is refused before anything is built, and no refusal repeats a word of it. Throws
 * GatewayError 400 or 413.
 */
export function readJson(body: Buffer, bounds: JsonBounds, parse: (text: string) => unknown): unknown {
  const beyond = jsonBeyond(body, bounds);
  if (beyond !== null)
    throw new GatewayError(
      413,
      'request_too_large',
      beyond === 'depth'
        ? `the body has more than ${bounds.depth} objects and lists within one another`
        : `the body has more than ${bounds.values} values and keys`,
    );
  try {
    return parse(body.toString());
  } catch {
    throw new GatewayError(400, 'invalid_request', 'body: expected JSON');
  }
}

const tooLarge = (bytes: number): GatewayError =>
  new GatewayError(413, 'request_too_large', `the body is larger than ${bytes} bytes`);

const KEY_FULL = new GatewayError(
  429,
  'too_many_requests',
  'the requests of this key that are under way hold as many bytes as one key may: try again shortly',
  {retryAfter: 1},
);
const ALL_FULL = new GatewayError(
  503,
  'gateway_full',
  'the requests under way hold as many bytes as the gateway takes: try again shortly',
  {retryAfter: 1},
);
