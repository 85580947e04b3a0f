/** What the engine refuses, in the shape and with the status codes of vLLM. */
export class EngineFailure extends Error {
  readonly status: number;
  readonly type: string;
  readonly param: string | null;
  readonly retryAfter: number | null;
  constructor(
    status: number,
    type: string,
    message: string,
    more: {readonly param?: string; readonly retryAfter?: number} = {},
  ) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = more.param ?? null;
    this.retryAfter = more.retryAfter ?? null;
  }
  body(): {error: {message: string; type: string; param: string | null; code: number}} {
    return {error: {message: this.message, type: this.type, param: this.param, code: this.status}};
  }
}

export function badRequest(message: string, param?: string): EngineFailure {
  return new EngineFailure(400, 'BadRequestError', message, param === undefined ? {} : {param});
}
export function notFound(message: string, param?: string): EngineFailure {
  return new EngineFailure(404, 'NotFoundError', message, param === undefined ? {} : {param});
}
