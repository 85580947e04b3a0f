import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {CacheEntry} from '../../../schemas/stage.ts';
import {openStores, withRowKey, type Stores} from '../../../stores/stores.ts';
import {STORE_KINDS, title, type OpenedPlace} from '../store-kinds.ts';

for (const kind of STORE_KINDS)
  describe.skipIf(kind.unavailable !== null)(title('stage cache', kind), () => {
    let place: OpenedPlace;
    let stores: Stores;
    beforeAll(async () => {
      place = await kind.open();
      stores = await openStores(place.url);
    });
    afterAll(() => place.remove());

    async function entry(key: string, result: string): Promise<CacheEntry> {
      const artifacts = [await stores.artifacts.putBytes(`${key} ${result}`, 'text/plain')];
      const at = '2002-12-03T11:46:36Z';
      return {
        v: 1,
        stage: 'train',
        key: key.repeat(64),
        project: 'mail',
        at,
        result,
        artifacts,
      };
    }

    test('nothing, then a hit; of two writers the first one stays', async () => {
      expect(await stores.cache.find('train', 'a'.repeat(64))).toBeNull();
      const [one, two] = [await entry('a', 'one'), await entry('a', 'two')];
      expect(await stores.cache.store(one)).toEqual(one);
      expect(await stores.cache.store(two)).toEqual(one);
      expect(await stores.cache.find('train', one.key)).toEqual(one);
      expect(await stores.cache.find('curate', one.key)).toBeNull();
      const racing = await Promise.all(
        ['x', 'y', 'z'].map(async (name) => stores.cache.store(await entry('b', name))),
      );
      expect(new Set(racing.map(({result}) => result)).size).toBe(1);
    });

    test('where there is a row key, only what a process with that key stored is a hit', async () => {
      const own = withRowKey(stores, new Uint8Array(32).fill(7)).cache;
      const other = withRowKey(stores, new Uint8Array(32).fill(8)).cache;
      const [planted, sealed] = [await entry('d', 'planted'), await entry('d', 'ours')];
      // As a store writer would, and as the former format was: without a seal.
      await stores.cache.store(planted);
      expect(await own.find('train', planted.key)).toBeNull();
      expect(await own.store(sealed)).toEqual(sealed);
      expect(await own.store(planted)).toEqual(sealed);
      expect(await own.find('train', sealed.key)).toEqual(sealed);
      expect((await Array.fromAsync(own.all('train'))).map(({result}) => result)).toEqual(['ours']);
      expect(await other.find('train', sealed.key)).toBeNull();
      // Another result, or the same entry under another key.
      const [place, elsewhere] = ['d', 'e'].map((one) => `cache/train/${one.repeat(64)}.json`) as [
        string,
        string,
      ];
      const text = new TextDecoder().decode((await stores.objects.get(place))!.bytes);
      await stores.objects.put(elsewhere, text);
      expect(await own.find('train', 'e'.repeat(64))).toBeNull();
      await stores.objects.put(
        elsewhere,
        text.replace(`"key":"${'d'.repeat(64)}"`, `"key":"${'e'.repeat(64)}"`),
      );
      expect(await own.find('train', 'e'.repeat(64))).toBeNull();
      await stores.objects.put(place, text.replace('"ours"', '"evil"'));
      expect(await own.find('train', sealed.key)).toBeNull();
    });

    test('a hit whose artifact is gone or cut off is none, and is replaced', async () => {
      const old = await entry('c', 'old');
      await stores.cache.store(old);
      await stores.objects.put(old.artifacts[0]!.uri, 'x');
      expect(await stores.cache.find('train', old.key)).toBeNull();
      await stores.objects.delete(old.artifacts[0]!.uri);
      expect(await stores.cache.find('train', old.key)).toBeNull();
      const fresh = await entry('c', 'fresh');
      expect(await stores.cache.store(fresh)).toEqual(fresh);
      expect(await stores.cache.find('train', old.key)).toEqual(fresh);
    });
  });
