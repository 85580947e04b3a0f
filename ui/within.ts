import {ErrorType, RatchetError} from '../schemas/errors.ts';

/** What is asked, if it comes in time; else Unavailable, which says `who` did not answer. The question itself goes on. */
export async function within<T>(ms: number, who: string, asked: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new RatchetError(ErrorType.Unavailable, `${who} did not answer within ${ms / 1000} s`)),
    ms,
  );
  try {
    return await Promise.race([asked, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
