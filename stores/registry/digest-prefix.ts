import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {short} from '../../schemas/names.ts';
import type {ObjectStore} from '../objects/object-store.ts';

/**
 * The one digest under `folder` (`releases/mail/`) that starts with `prefix`, from keys `FOLDER/DIGEST.json`. Throws
 * InvalidInput unless the prefix has 8 to 64 hex digits and names exactly one; if several, the message lists them.
 */
export async function uniqueDigest(
  store: ObjectStore,
  folder: string,
  prefix: string,
  what: string,
): Promise<string> {
  if (!/^[0-9a-f]{8,64}$/.test(prefix))
    throw new RatchetError(
      ErrorType.InvalidInput,
      `"${prefix}" names no ${what}: expected 8 to 64 hex digits of its digest`,
    );
  const found: string[] = [];
  for await (const key of store.list(folder + prefix)) {
    found.push(key.slice(folder.length).replace(/\.json$/, ''));
    if (found.length > 8) break;
  }
  if (found.length === 1) return found[0]!;
  throw new RatchetError(
    ErrorType.InvalidInput,
    found.length === 0
      ? `no ${what} starts with ${prefix} in ${store.url}`
      : `${prefix} could be ${found.map(short).join(', ')}: give more digits of the ${what}`,
  );
}
