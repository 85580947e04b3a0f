import {describe, expect, test} from 'vitest';
import type {ObjectStore} from '../../../stores/objects/object-store.ts';
import {ReadOnlyStore} from '../../../stores/objects/read-only-store.ts';
import {MemoryStore} from '../memory-store.ts';

describe('a store that is only read', () => {
  async function readOnly(): Promise<{store: ReadOnlyStore; behind: MemoryStore}> {
    const behind = new MemoryStore();
    await behind.put('a/1', 'one');
    return {store: new ReadOnlyStore(behind), behind};
  }

  test('reads what is there', async () => {
    const {store} = await readOnly();
    expect(Buffer.from((await store.get('a/1'))!.bytes).toString()).toBe('one');
    expect(Buffer.from((await store.getRange('a/1', 1, 2))!).toString()).toBe('n');
    expect(await Array.fromAsync((await store.stream('a/1'))!)).toEqual([Buffer.from('one')]);
    expect((await store.head('a/1'))!.bytes).toBe(3);
    expect(await Array.fromAsync(store.list('a/'))).toEqual(['a/1']);
    expect(await store.get('a/2')).toBeNull();
  });

  test.for<[string, (store: ObjectStore) => Promise<unknown>]>([
    ['put', (store) => store.put('a/1', 'two')],
    ['a conditional put', (store) => store.put('a/2', 'two', {ifNoneMatch: '*'})],
    ['putFile', (store) => store.putFile('a/2', '/dev/null')],
    ['delete', (store) => store.delete('a/1')],
    ['probe', (store) => store.probe()],
  ])('%s is AccessDenied, and the store behind it is not asked', async ([, write]) => {
    const {store, behind} = await readOnly();
    await expect(write(store)).rejects.toMatchObject({type: 'AccessDenied'});
    expect([...behind.objects]).toEqual([['a/1', expect.objectContaining({etag: '1'})]]);
  });
});
