import {mkdtempSync, readdirSync, readFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {describe, expect, test} from 'vitest';
import {z} from 'zod';
import {Starts} from '../../activities/train/checkpoints.ts';
import {writtenByNewer} from '../../schemas/newer.ts';
import {readDocument} from '../../stores/objects/documents.ts';
import {openStores} from '../../stores/stores.ts';
import {KINDS} from './kinds.ts';

/**
 * test/formats/vN/KIND.json is a document as format N was written: these are of a run of examples/mail-small, with other words in
 * the mails' place; costs, cost-estimate, rung and sweep are of a store that nothing but these was written into, access-mark, retirement,
 * training-outcome and training-starts of stores that the code wrote them into for this. They are never changed: a new format gets a folder of its own beside them, and today's code reads them all.
 */
const folders = readdirSync(import.meta.dirname).filter((name) => /^v\d+$/.test(name));
const recorded = folders.flatMap((folder) =>
  readdirSync(path.join(import.meta.dirname, folder)).map((file) => ({
    name: `${folder}/${path.basename(file, '.json')}`,
    kind: path.basename(file, '.json'),
    value: JSON.parse(readFileSync(path.join(import.meta.dirname, folder, file), 'utf8')) as object,
  })),
);
const stores = await openStores(pathToFileURL(mkdtempSync(path.join(tmpdir(), 'ratchet-formats-'))).href);

test('there is a document of every kind', () => {
  expect(new Set(recorded.map(({kind}) => kind))).toEqual(new Set(Object.keys(KINDS)));
});

describe.each(recorded)('$name', ({kind, value}) => {
  const {schema, versionedBy} = KINDS[kind]!;
  test('is read as it was written', () => {
    const read = schema.safeParse(value);
    expect(read.error?.issues).toBeUndefined();
    // Nothing that was stored is lost on the way.
    expect(read.data).toMatchObject(value);
  });

  if (versionedBy !== null) {
    test(`has no version of its own: that of the ${versionedBy} counts`, () => {
      expect(value).not.toHaveProperty('v');
      expect(KINDS[versionedBy]?.versionedBy).toBeNull();
    });
    return;
  }
  test('of a newer format is refused in one line', async () => {
    const key = `tried/${kind}.json`;
    await stores.objects.put(key, JSON.stringify({...value, v: 99, added: 'by a newer one'}));
    await expect(readDocument(stores.objects, key, schema)).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringMatching(
        /^tried\/\S+ in file:\S+ was written by a newer Ratchet: format 99, this one reads up to \d+: update it$/,
      ) as string,
    });
  });
});

test('starts of before they said their version are read', () => {
  expect(Starts.parse({execution: 'a', step: 1, starts: 1})).toEqual({
    v: 1,
    execution: 'a',
    step: 1,
    starts: 1,
  });
});

test('a document that is only damaged is not called newer', () => {
  const schema = z.strictObject({v: z.literal(1), name: z.string()});
  for (const value of [{v: 1}, {v: 0, name: ''}, {v: '2', name: ''}, {name: ''}, null, 7])
    expect(writtenByNewer(value, schema)).toBeNull();
});
