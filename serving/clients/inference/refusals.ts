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
