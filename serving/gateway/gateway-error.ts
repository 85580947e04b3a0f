/** What the gateway refuses or cannot do, in OpenAI's shape. */
export class GatewayError extends Error {
  readonly status: number;
  readonly type: 'invalid_request_error' | 'server_error';
  readonly code: string;
  readonly param: string | null;
  /** Seconds. */
  readonly retryAfter: number | null;

  constructor(
    status: number,
    code: string,
    message: string,
    more: {readonly param?: string; readonly retryAfter?: number; readonly cause?: unknown} = {},
  ) {
    super(message, {cause: more.cause});
    this.status = status;
    this.type = status < 500 ? 'invalid_request_error' : 'server_error';
    this.code = code;
    this.param = more.param ?? null;
    this.retryAfter = more.retryAfter ?? null;
  }

  body(): {error: {message: string; type: string; param: string | null; code: string}} {
    return {error: {message: this.message, type: this.type, param: this.param, code: this.code}};
  }
}

export function unavailable(code: string, message: string, cause?: unknown): GatewayError {
  return new GatewayError(503, code, message, {retryAfter: 1, cause});
}
