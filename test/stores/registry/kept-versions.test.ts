import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {beforeEach, expect, test} from 'vitest';
import {KeptVersions} from '../../../stores/registry/kept-versions.ts';
import {openStores, type Stores} from '../../../stores/stores.ts';

const SDK = '1.24.0';
const BUILD = {id: '3f9a1c20d4e5', sources: 'ab'.repeat(32), sdk: SDK};
const AT = '2026-11-26T09:00:00.000Z';
const KEY = `versions/mail/${BUILD.id}.json`;
const key = (byte: number) => new Uint8Array(32).fill(byte);

let stores: Stores;
let kept: KeptVersions;
beforeEach(async () => {
  stores = await openStores(pathToFileURL(mkdtempSync(path.join(tmpdir(), 'ratchet-versions-'))).href);
  kept = new KeptVersions(stores, 'mail', key(7));
  await kept.keep(BUILD, 'exports.one = 1', AT);
});

test('gives back what was kept, and nothing for a build that was not', async () => {
  expect(await kept.code(BUILD.id, SDK)).toBe('exports.one = 1');
  expect(await kept.code('another', SDK)).toBeNull();
});

test('the first bundle of a build stays, since bundles of the same sources differ by paths', async () => {
  await kept.keep(BUILD, 'exports.one = 1 // elsewhere', AT);
  expect(await kept.code(BUILD.id, SDK)).toBe('exports.one = 1');
});

test('other code under the same build is refused', async () => {
  await expect(kept.keep({...BUILD, sources: 'cd'.repeat(32)}, 'other', AT)).rejects.toMatchObject({
    type: 'InvalidInput',
    message:
      'build 3f9a1c20d4e5 of mail is kept with other workflow code (abababababab, here cdcdcdcdcdcd): give this one another RATCHET_BUILD_ID',
  });
});

test('code for another SDK is not run', async () => {
  await expect(kept.code(BUILD.id, '1.25.0')).rejects.toMatchObject({
    type: 'InvalidInput',
    message: expect.stringMatching(
      /^it needs Temporal's SDK 1\.24\.0, and this worker has 1\.25\.0: /,
    ) as string,
  });
});

test('who can write to the store cannot put code into a worker', async () => {
  const evil = await stores.artifacts.putBytes('steal()', 'text/javascript');
  const document = JSON.parse(Buffer.from((await stores.objects.get(KEY))!.bytes).toString()) as object;
  const refused = {type: 'DigestMismatch', message: expect.stringContaining('its code is not run') as string};
  // The sealed document with another bundle; one sealed with a key of the attacker's own.
  await stores.objects.put(KEY, JSON.stringify({...document, bundle: evil}));
  await expect(kept.code(BUILD.id, SDK)).rejects.toMatchObject(refused);
  await stores.objects.delete(KEY);
  await new KeptVersions(stores, 'mail', key(8)).keep(BUILD, 'steal()', AT);
  await expect(kept.code(BUILD.id, SDK)).rejects.toMatchObject(refused);
  await expect(kept.keep(BUILD, 'exports.one = 1', AT)).rejects.toMatchObject(refused);
});
