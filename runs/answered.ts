import {isAway} from '../client/away.ts';
import {RatchetError} from '../schemas/errors.ts';

/** What Temporal answers. Throws Unavailable where it does not, with what is not known then. */
export async function answered<T>(call: () => Promise<T>, unknown: string): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!isAway(error)) throw error;
    throw new RatchetError('Unavailable', `Temporal does not answer: ${unknown}`, {cause: error});
  }
}
