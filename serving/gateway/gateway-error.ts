import type {GatewayFailure} from '../../schemas/gateway-answers.ts';

interface More {
  readonly param?: string;
  /** Seconds. */
  readonly retryAfter?: number;
  /** What the `www-authenticate` challenge says behind its realm, '' for no more; only with 401 and 403. RFC 6750. */
  readonly authenticate?: string;
  readonly cause?: unknown;
}

/** What the gateway refuses or cannot do, in OpenAI's shape. */
export class GatewayError extends Error {
  readonly status: number;
  readonly type: GatewayFailure['error']['type'];
  readonly code: string;
  readonly param: string | null;
  readonly #more: More;

  constructor(status: number, code: string, message: string, more: More = {}) {
    super(message, {cause: more.cause});
    this.status = status;
    this.type = status === 429 ? 'rate_limit_error' : status < 500 ? 'invalid_request_error' : 'server_error';
    this.code = code;
    this.param = more.param ?? null;
    this.#more = more;
  }

  body(): GatewayFailure {
    return {error: {message: this.message, type: this.type, param: this.param, code: this.code}};
  }

  /** `retry-after` is in whole seconds; OpenAI's clients look at `retry-after-ms` first. */
  headers(): Record<string, string> {
    const {retryAfter, authenticate} = this.#more;
    return {
      ...(retryAfter === undefined
        ? {}
        : {
            'retry-after': String(Math.ceil(retryAfter)),
            'retry-after-ms': String(Math.ceil(retryAfter * 1000)),
          }),
      ...(authenticate === undefined
        ? {}
        : {'www-authenticate': `Bearer realm="ratchet"${authenticate === '' ? '' : `, ${authenticate}`}`}),
    };
  }
}

export function unavailable(code: string, message: string, cause?: unknown): GatewayError {
  return new GatewayError(503, code, message, {retryAfter: 1, cause});
}

/** What nobody foresaw is the gateway's own fault. */
export function asGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  return new GatewayError(500, 'internal_error', 'the gateway failed on this request; its log says why', {
    cause: error,
  });
}
