import {APIConnectionError, APIError, APIUserAbortError} from 'openai';
import {ErrorType, RatchetError} from '../../../schemas/errors.ts';
import {ModelNotServedError, RateLimitedError, retryAfter} from './refusals.ts';

export {ModelNotServedError, RateLimitedError, retryAfter};

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

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 300);
}
