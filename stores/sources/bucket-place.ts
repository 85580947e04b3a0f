import {RatchetError} from '../../schemas/errors.ts';
import type {ObjectStore} from '../objects/object-store.ts';
import {glob} from './glob.ts';
import type {SourcePlace} from './place.ts';

/** So many bytes of an object are asked for at once. */
const CHUNK = 8 * 2 ** 20;

/** Objects of a bucket. `pattern` is a key that may hold stars. Names are whole keys. */
export function bucketPlace(
  uri: string,
  store: Pick<ObjectStore, 'head' | 'getRange' | 'list'>,
  pattern: string,
): SourcePlace {
  const matcher = glob(pattern);
  const size = async (key: string): Promise<number> => {
    const head = await store.head(key);
    if (head === null) throw gone(key, uri);
    return head.bytes;
  };
  const range = async (key: string, from: number, to: number): Promise<Uint8Array> => {
    const bytes = await store.getRange(key, from, to);
    if (bytes === null) throw gone(key, uri);
    return bytes;
  };
  return {
    uri,
    async files() {
      if (!matcher.wild) return (await store.head(pattern)) === null ? [] : [pattern];
      const keys: string[] = [];
      const prefix = matcher.folder === '' ? '' : `${matcher.folder}/`;
      for await (const key of store.list(prefix)) if (matcher.matches(key)) keys.push(key);
      return keys.sort();
    },
    size,
    bytes: (key, most) => range(key, 0, most),
    async *stream(key, from = 0, to = Infinity) {
      const end = Math.min(to, await size(key));
      for (let at = from; at < end; at += CHUNK) {
        yield await range(key, at, Math.min(at + CHUNK, end));
      }
    },
  };
}

function gone(key: string, uri: string): RatchetError {
  return new RatchetError(
    'InvalidInput',
    `${key} of ${uri} is gone: it was there when the sources were listed`,
  );
}
