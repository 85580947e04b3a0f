import {randomBytes} from 'node:crypto';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {sha256Hex} from '../../../core/identity/digest.ts';
import type {ObjectStore} from '../../../stores/objects/object-store.ts';
import {openStore} from '../../../stores/objects/open-store.ts';
import {startProcess, type StoreProcess} from '../child-processes.ts';
import {title, type OpenedPlace, type StoreKind} from '../store-kinds.ts';

/** What every object store must do: one suite over all kinds. */
export function objectStoreConformance(kind: StoreKind): void {
  describe.skipIf(kind.unavailable !== null)(title('object store', kind), () => {
    let place: OpenedPlace;
    let store: ObjectStore;
    beforeAll(async () => {
      place = await kind.open();
      store = await openStore(place.url);
    });
    afterAll(() => place.remove());

    test('its url opens the same store again', async () => {
      await store.put('again', 'here');
      expect(await text(await openStore(store.url), 'again')).toBe('here');
    });

    test('what is absent is null, not an error', async () => {
      expect(await store.get('absent')).toBeNull();
      expect(await store.getRange('absent', 0, 4)).toBeNull();
      expect(await store.stream('absent')).toBeNull();
      expect(await store.head('absent')).toBeNull();
      await store.put('parent', 'an object');
      expect(await store.get('parent/below')).toBeNull();
      expect(await store.head('parent/below')).toBeNull();
      await store.delete('absent');
      expect(await listed(store, 'absent')).toEqual([]);
    });

    test('bytes come back as they went in, and empty ones too', async () => {
      const bytes = randomBytes(100_000);
      await store.put('bytes', bytes);
      expect(Buffer.from((await store.get('bytes'))!.bytes).equals(bytes)).toBe(true);
      expect(await streamed(store, 'bytes')).toEqual(bytes);
      const head = await store.head('bytes');
      expect(head).toMatchObject({key: 'bytes', bytes: 100_000});
      expect(Math.abs(head!.modified.getTime() - Date.now())).toBeLessThan(3_600_000);
      await store.put('empty', '');
      expect(await text(store, 'empty')).toBe('');
      expect(await streamed(store, 'empty')).toEqual(Buffer.alloc(0));
      expect(await store.head('empty')).toMatchObject({bytes: 0});
    });

    test('a put without condition replaces', async () => {
      await store.put('replaced', 'one');
      expect((await store.put('replaced', 'two')).status).toBe('written');
      expect(await text(store, 'replaced')).toBe('two');
    });

    test('a deleted key is free again', async () => {
      await store.put('deleted', 'one');
      await store.delete('deleted');
      expect(await store.get('deleted')).toBeNull();
      expect((await store.put('deleted', 'two', {ifNoneMatch: '*'})).status).toBe('written');
    });

    test('ranges are half-open and end where the object ends', async () => {
      await store.put('range', '0123456789');
      const range = async (start: number, end: number): Promise<string> =>
        new TextDecoder().decode(await store.getRange('range', start, end));
      expect(await range(2, 5)).toBe('234');
      expect(await range(3, 4)).toBe('3');
      expect(await range(0, 10)).toBe('0123456789');
      expect(await range(8, 99)).toBe('89');
      expect(await range(10, 12)).toBe('');
      expect(await range(4, 4)).toBe('');
    });

    describe('conditions', () => {
      test('create-only writes once', async () => {
        expect((await store.put('once', 'first', {ifNoneMatch: '*'})).status).toBe('written');
        expect(await store.put('once', 'second', {ifNoneMatch: '*'})).toEqual({status: 'refused'});
        expect(await text(store, 'once')).toBe('first');
      });

      test('if-match replaces only what was read', async () => {
        const first = await store.put('matched', 'one');
        const etag = first.status === 'written' ? first.etag : '';
        expect((await store.get('matched'))!.etag).toBe(etag);
        const second = await store.put('matched', 'two', {ifMatch: etag});
        expect(second.status).toBe('written');
        expect(await store.put('matched', 'three', {ifMatch: etag})).toEqual({status: 'refused'});
        expect(await text(store, 'matched')).toBe('two');
        const now = second.status === 'written' ? second.etag : '';
        expect((await store.put('matched', 'three', {ifMatch: now})).status).toBe('written');
      });

      test('if-match on an absent key is refused', async () => {
        const {etag} = await store.put('gone', 'x').then(async () => (await store.get('gone'))!);
        await store.delete('gone');
        expect(await store.put('gone', 'y', {ifMatch: etag})).toEqual({status: 'refused'});
        expect(await store.get('gone')).toBeNull();
      });

      test('the probe finds it fit, and leaves nothing behind', async () => {
        await store.probe();
        expect(await listed(store, 'probe/')).toEqual([]);
      });

      test('8 processes × 100 increments of one pointer end at 800', {timeout: 300_000}, async () => {
        await store.put('counter', '0');
        const processes = await startTogether(8, () => ['increment', [place.url, 'counter', '100']]);
        await Promise.all(processes.map((process) => process.line()));
        await Promise.all(processes.map((process) => process.done()));
        expect(await text(store, 'counter')).toBe('800');
      });

      test('of 8 processes that create one object one wins', {timeout: 120_000}, async () => {
        for (let round = 0; round < 3; round += 1) {
          const key = `created-${round}`;
          const processes = await startTogether(8, (n) => ['create', [place.url, key, `writer ${n}`]]);
          const said = await Promise.all(processes.map((process) => process.line()));
          await Promise.all(processes.map((process) => process.done()));
          expect(said.filter((status) => status === 'written')).toHaveLength(1);
          expect(await text(store, key)).toBe(`writer ${said.indexOf('written')}`);
        }
      });
    });

    describe('files', () => {
      let folder: string;
      beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), 'ratchet-files-'));
      });
      afterAll(() => rm(folder, {recursive: true, force: true}));

      // 21 MiB and 3 bytes: more than one part of the S3 store, the last one small.
      test.each([0, 5, 21 * (1 << 20) + 3])('a file of %i bytes', {timeout: 120_000}, async (size) => {
        const path = join(folder, `file-${size}`);
        const bytes = randomBytes(size);
        await writeFile(path, bytes);
        await store.putFile(`files/${size}`, path, {sha256: sha256Hex(bytes)});
        expect(await store.head(`files/${size}`)).toMatchObject({bytes: size});
        expect((await streamed(store, `files/${size}`)).equals(bytes)).toBe(true);
        const middle = await store.getRange(`files/${size}`, 1, 5);
        expect(Buffer.from(middle!).equals(bytes.subarray(1, 5))).toBe(true);
      });

      test.each([5, 21 * (1 << 20)])(
        'a file that changed is refused and not stored (%i bytes)',
        async (size) => {
          const path = join(folder, `changed-${size}`);
          await writeFile(path, randomBytes(size));
          const put = store.putFile(`changed/${size}`, path, {sha256: sha256Hex('what it held before')});
          await expect(put).rejects.toMatchObject({name: 'DigestMismatch'});
          expect(await store.head(`changed/${size}`)).toBeNull();
        },
      );
    });

    test(
      'a list is complete and in byte order, from a prefix, from behind a key',
      {timeout: 120_000},
      async () => {
        const numbers = Array.from({length: 1_050}, (_, n) => `many/n${String(n).padStart(5, '0')}`);
        for (let n = 0; n < numbers.length; n += 50)
          await Promise.all(numbers.slice(n, n + 50).map((key) => store.put(key, 'x')));
        expect(await listed(store, 'many/')).toEqual(numbers);
        expect(await listed(store, 'many/n0104')).toEqual(numbers.slice(1_040));
        expect(await listed(store, 'many/', 'many/n01000')).toEqual(numbers.slice(1_001));

        const odd = [
          'order/a.txt',
          'order/a/b',
          'order/a-b',
          'order/a0',
          'order/B',
          'order/a/b.c/d',
          'order/a/b/d',
        ];
        const fit = odd.filter((key) => key !== 'order/a/b');
        for (const key of fit) await store.put(key, 'x');
        const sorted = [...fit].sort();
        expect(await listed(store, 'order/')).toEqual(sorted);
        for (const after of [...sorted, 'order/a/', 'order/a/b', 'order/a/c', 'order/0', 'order/z'])
          expect(await listed(store, 'order/', after)).toEqual(sorted.filter((key) => key > after));
        expect(await listed(store, 'order/a')).toEqual(sorted.filter((key) => key.startsWith('order/a')));
        expect(await listed(store, 'order/a/b')).toEqual(sorted.filter((key) => key.startsWith('order/a/b')));
        expect(await listed(store, 'ord')).toEqual(sorted);
        expect(await listed(store, 'order/a.txt')).toEqual(['order/a.txt']);
      },
    );

    test.each([
      '',
      '/',
      '/etc/passwd',
      '../outside',
      'a/../../outside',
      'a/./b',
      'a//b',
      'a/',
      '.hidden',
      'a/.locks',
      'a\\..\\b',
      'a\0b',
      'a\nb',
      'a b',
      'ä',
      'a?b',
      'a#b',
      'a*b',
      'x'.repeat(201),
      Array.from({length: 10}, () => 'x'.repeat(99)).join('/'),
    ])('the key %j is refused', async (key) => {
      const refusal = {name: 'InvalidInput'};
      await expect(store.put(key, 'x')).rejects.toMatchObject(refusal);
      await expect(store.get(key)).rejects.toMatchObject(refusal);
      await expect(store.head(key)).rejects.toMatchObject(refusal);
      await expect(store.stream(key)).rejects.toMatchObject(refusal);
      await expect(store.getRange(key, 0, 1)).rejects.toMatchObject(refusal);
      await expect(store.delete(key)).rejects.toMatchObject(refusal);
      await expect(store.putFile(key, '/dev/null')).rejects.toMatchObject(refusal);
    });
  });
}

async function startTogether(
  count: number,
  call: (n: number) => [name: string, args: string[]],
): Promise<StoreProcess[]> {
  const processes = Array.from({length: count}, (_, n) => startProcess(...call(n)));
  for (const process of processes) expect(await process.line()).toBe('ready');
  for (const process of processes) process.go();
  return processes;
}

async function text(store: ObjectStore, key: string): Promise<string | null> {
  const found = await store.get(key);
  return found && new TextDecoder().decode(found.bytes);
}

async function streamed(store: ObjectStore, key: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await store.stream(key))!) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

async function listed(store: ObjectStore, prefix: string, after?: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix, after === undefined ? {} : {after})) keys.push(key);
  return keys;
}
