import {APIConnectionError, APIError, APIUserAbortError} from 'openai';
import {ErrorType, RatchetError} from '../../../schemas/errors.ts';

/** The server asked to wait; `retryAfterMs` is what it said, null if it didn't. */
export class RateLimitedError extends RatchetError {
  readonly retryAfterMs: number | null;
  constructor(message: string, retryAfterMs: number | null, options?: {cause?: unknown}) {
    super(ErrorType.RateLimited, message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The server is there but doesn't know the model: an adapter that was never loaded, or an engine that started anew. */
export class ModelNotServedError extends RatchetError {
  readonly model: string;
  constructor(message: string, model: string, options?: {cause?: unknown}) {
    super(ErrorType.Unavailable, message, options);
    this.model = model;
  }
}

/** An error of the `openai` package as ours, with the server's address and what to do. Aborts pass unchanged. */
export function asRatchetError(error: unknown, baseUrl: string, model: string): unknown {
  if (error instanceof RatchetError || error instanceof APIUserAbortError) return error;
  const cause = {cause: error};
  if (error instanceof APIConnectionError) {
    return new RatchetError(ErrorType.Unavailable, `${baseUrl} cannot be reached: is the server up?`, cause);
  }
  if (!(error instanceof APIError)) return error;
  const said = `${baseUrl} answered ${error.status}: ${oneLine(error.message)}`;
  const status = error.status as number | undefined;
  if (status === 429)
    return new RateLimitedError(said, retryAfter(error.headers as Headers | undefined), cause);
  if (status === 401 || status === 403) {
    // What the server said, in the cause too, may repeat the key.
    return new RatchetError(ErrorType.AccessDenied, `${baseUrl} answered ${status}: check the API key`);
  }
  if (status === 404) return new ModelNotServedError(`${said}: load "${model}" first`, model, cause);
  if (status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 409) {
    return new RatchetError(ErrorType.InvalidInput, said, cause);
  }
  return new RatchetError(ErrorType.Unavailable, said, cause);
}

/** Milliseconds of `retry-after-ms` or `retry-after` (seconds or an HTTP date). */
export function retryAfter(headers: Headers | undefined, now: () => number = Date.now): number | null {
  const ms = Number(headers?.get('retry-after-ms') ?? NaN);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const text = headers?.get('retry-after');
  if (!text) return null;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - now());
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 300);
}
