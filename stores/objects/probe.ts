import {randomUUID} from 'node:crypto';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import type {ObjectStore, PutCondition} from './object-store.ts';

/**
 * Pointers and leases stand on conditional writes; a store that ignores the conditions would lose moves without a word.
 * Writes one small object, tries what must be refused, and removes it. Throws StoreUnfit.
 */
export async function probeConditions(store: ObjectStore): Promise<void> {
  const key = `probe/${randomUUID()}`;
  const refused = async (text: string, condition: PutCondition, what: string): Promise<void> => {
    const result = await store.put(key, text, condition);
    if (result.status !== 'refused') throw unfit(store, `it wrote ${what}`);
  };
  const written = async (text: string, condition: PutCondition, what: string): Promise<string> => {
    const result = await store.put(key, text, condition);
    if (result.status !== 'written') throw unfit(store, `it refused ${what}`);
    return result.etag;
  };
  try {
    const first = await written('1', {ifNoneMatch: '*'}, 'a new object (If-None-Match: *)');
    await refused('2', {ifNoneMatch: '*'}, 'over an existing object despite If-None-Match: *');
    await refused(
      '3',
      {ifNoneMatch: '*'},
      'over an existing object despite If-None-Match: *, at the second try',
    );
    await written('4', {ifMatch: first}, 'an If-Match with the current tag');
    await refused('5', {ifMatch: first}, 'over a newer object despite an If-Match with a stale tag');
    const read = await store.get(key);
    const text = read && new TextDecoder().decode(read.bytes);
    if (text !== '4') throw unfit(store, `it gave back ${JSON.stringify(text)} for an object that holds "4"`);
  } catch (error) {
    await store.delete(key).catch(() => {}); // what went wrong first is what counts
    throw error;
  }
  await store.delete(key);
}

function unfit(store: ObjectStore, why: string): RatchetError {
  return new RatchetError(
    ErrorType.StoreUnfit,
    `${store.url} cannot hold pointers: ${why}; use a store with conditional writes (AWS S3, MinIO, versitygw, Ceph, R2) or file://`,
  );
}
