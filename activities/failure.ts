import {ApplicationFailure} from '@temporalio/common';
import {z} from 'zod';
import {ErrorType, RatchetError} from '../schemas/errors.ts';
import {explainError} from '../schemas/explain-issue.ts';

/** How long a rate-limited call waits before its next attempt, where the error does not say. */
const RATE_LIMIT_DELAY = '20 s';

/**
 * A RatchetError as Temporal's failure with the same type, so that retry policies and clients can read it.
 * Anything else is returned as it came: never wrapped, since the outermost type decides about retries.
 */
export function toFailure(error: unknown): unknown {
  // Its message is JSON, and in words of its own; it is retried as before.
  if (error instanceof z.ZodError)
    return Object.assign(new Error(explainError(error), {cause: error}), {name: error.name});
  if (!(error instanceof RatchetError)) return error;
  return ApplicationFailure.create({
    type: error.type,
    message: error.message,
    nonRetryable: !error.retryable,
    ...(error.type === ErrorType.RateLimited ? {nextRetryDelay: RATE_LIMIT_DELAY} : {}),
  });
}

/** Runs an activity's body; a RatchetError leaves it as the failure of that type. */
export async function failing<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw toFailure(error);
  }
}
