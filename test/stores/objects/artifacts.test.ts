import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {z} from 'zod';
import {sha256Hex} from '../../../core/identity/digest.ts';
import {Artifacts} from '../../../stores/objects/artifacts.ts';
import {openStores, type Stores} from '../../../stores/stores.ts';
import {STORE_KINDS, title, type OpenedPlace} from '../store-kinds.ts';

for (const kind of STORE_KINDS)
  describe.skipIf(kind.unavailable !== null)(title('artifacts', kind), () => {
    let place: OpenedPlace;
    let stores: Stores;
    let folder: string;
    beforeAll(async () => {
      place = await kind.open();
      stores = await openStores(place.url);
      folder = await mkdtemp(join(tmpdir(), 'ratchet-artifacts-'));
    });
    afterAll(async () => {
      await place.remove();
      await rm(folder, {recursive: true, force: true});
    });

    test('bytes are named by their sha256', async () => {
      const ref = await stores.artifacts.putBytes('hello', 'text/plain');
      // sha256 of "hello", FIPS 180-4.
      const sha256 = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
      expect(ref).toEqual({uri: `artifacts/sha256/2c/${sha256}`, sha256, bytes: 5, mediaType: 'text/plain'});
      expect(await stores.artifacts.getText(ref)).toBe('hello');
      expect(await stores.artifacts.exists(ref)).toBe(true);
      expect(await stores.artifacts.exists({...ref, bytes: 6})).toBe(false);
    });

    test('one value has one digest, however its keys stand', async () => {
      const one = await stores.artifacts.putJson({b: [1.0, 'ä'], a: null});
      const two = await stores.artifacts.putJson({a: null, b: [1, 'ä']});
      expect(two).toEqual(one);
      expect(await stores.artifacts.getText(one)).toBe('{"a":null,"b":[1,"ä"]}');
      const Shape = z.strictObject({a: z.null(), b: z.array(z.union([z.number(), z.string()]))});
      expect(await stores.artifacts.getJson(one, Shape)).toEqual({a: null, b: [1, 'ä']});
      await expect(stores.artifacts.getJson(one, z.strictObject({a: z.int()}))).rejects.toMatchObject({
        name: 'InvalidInput',
      });
    });

    test('lines stream in and out, also where a character falls between two chunks', async () => {
      const Line = z.strictObject({n: z.int(), text: z.string()});
      const values = Array.from({length: 20_000}, (_, n) => ({n, text: 'ä€🤖'.repeat(n % 7)}));
      const {ref, lines} = await stores.artifacts.putLines(
        (async function* () {
          yield* values;
        })(),
      );
      expect(lines).toBe(20_000);
      expect(ref.mediaType).toBe('application/jsonl');
      const back: unknown[] = [];
      for await (const line of stores.artifacts.lines(ref, Line)) back.push(line);
      expect(back).toEqual(values);
      const none = await stores.artifacts.putLines([]);
      expect(none).toMatchObject({lines: 0, ref: {bytes: 0}});
      for await (const line of stores.artifacts.lines(none.ref, Line)) expect(line).toBeNull();
    });

    test('what the maker of the lines throws passes unchanged, and nothing is stored', async () => {
      const cancelled = Object.assign(new Error('cancelled'), {code: 'ECANCELED'});
      const values = (async function* () {
        yield 1;
        throw cancelled;
      })();
      await expect(stores.artifacts.putLines(values)).rejects.toBe(cancelled);
    });

    test('a line that is not what it should be is named', async () => {
      const ref = await stores.artifacts.putBytes('{"n":1}\n{"n":"x"}\n', 'application/jsonl');
      const read = async () => {
        for await (const line of stores.artifacts.lines(ref, z.strictObject({n: z.int()})))
          expect(line).toEqual({n: 1});
      };
      await expect(read()).rejects.toThrow(/line 2: n: /);
      const broken = await stores.artifacts.putBytes('{"n":1}\n{"n":\n', 'application/jsonl');
      const other = async () => {
        for await (const line of stores.artifacts.lines(broken, z.unknown())) expect(line).toEqual({n: 1});
      };
      await expect(other()).rejects.toThrow(/line 2: not JSON/);
    });

    test('a file goes in and out', async () => {
      const path = join(folder, 'adapter');
      await writeFile(path, Buffer.alloc(3 << 20, 7));
      const ref = await stores.artifacts.putFile(path, 'application/octet-stream');
      expect(ref.sha256).toBe(sha256Hex(Buffer.alloc(3 << 20, 7)));
      const back = join(folder, 'deep/er/back');
      await stores.artifacts.toFile(ref, back);
      expect((await readFile(back)).equals(await readFile(path))).toBe(true);
      expect(await readdir(join(folder, 'deep/er'))).toEqual(['back']);
      await expect(stores.artifacts.putFile(join(folder, 'no'), 'x/y')).rejects.toThrow(/no does not exist/);
    });

    test('what is there is not written again, and damage of another size is mended', async () => {
      let puts = 0;
      const counting = new Proxy(stores.objects, {
        get(target, name) {
          if (name === 'put' || name === 'putFile') puts += 1;
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? (value as () => void).bind(target) : value;
        },
      });
      const artifacts = new Artifacts(counting);
      const ref = await artifacts.putBytes('once', 'text/plain');
      await artifacts.putBytes('once', 'text/plain');
      expect(puts).toBe(1);
      await stores.objects.put(ref.uri, 'on');
      await artifacts.putBytes('once', 'text/plain');
      expect(await artifacts.getText(ref)).toBe('once');
    });

    test.each([
      [
        'exchanged',
        'exchanged bytes!',
        /holds bytes that hash to [0-9a-f]{64}, its reference says sha256 [0-9a-f]{64}/,
      ],
      ['shorter', 'the right', /holds 9 of 16 bytes/],
      ['longer', 'the right bytes, and more', /holds more than 16 bytes/],
    ])('%s bytes are refused by every read', async (name, damage, line) => {
      const ref = await stores.artifacts.putBytes('the right bytes!', 'text/plain');
      await stores.objects.put(ref.uri, damage);
      const target = join(folder, `damaged-${name}`);
      const reads = [
        () => stores.artifacts.getBytes(ref),
        () => stores.artifacts.getJson(ref, z.unknown()),
        () => stores.artifacts.toFile(ref, target),
        async () => {
          for await (const text of stores.artifacts.lines(ref, z.unknown())) expect(text).toBeDefined();
        },
      ];
      for (const read of reads.slice(0, 3)) {
        const call = read();
        await expect(call).rejects.toMatchObject({name: 'DigestMismatch', retryable: false});
        await expect(call).rejects.toThrow(line);
        await expect(call).rejects.toThrow(ref.uri);
      }
      await expect(reads[3]!()).rejects.toThrow();
      expect(await readdir(folder)).not.toContain(`damaged-${name}`);
      await stores.objects.delete(ref.uri);
    });

    test('what is gone is missing, with what to do', async () => {
      const ref = await stores.artifacts.putBytes('gone', 'text/plain');
      await stores.objects.delete(ref.uri);
      expect(await stores.artifacts.exists(ref)).toBe(false);
      await expect(stores.artifacts.getBytes(ref)).rejects.toMatchObject({
        name: 'ArtifactMissing',
        message: expect.stringContaining('run again') as string,
      });
    });
  });
