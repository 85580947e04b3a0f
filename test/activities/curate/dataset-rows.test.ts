import {afterAll, beforeAll, expect, test} from 'vitest';
import {DatasetRows} from '../../../activities/curate/dataset-rows.ts';
import {rowDigest} from '../../../core/identity/row-digest.ts';
import type {DatasetVersion} from '../../../schemas/dataset.ts';
import type {DatasetRow, Split} from '../../../schemas/row.ts';
import {ROW_KEY, Workbench, type Curated} from './workbench.ts';

// Somebody who may write to the store, and has not the row key, wants a training of other rows under the same digest.
const settings = {
  sources: [
    {
      name: 'mails',
      uri: 'file:mails.jsonl',
      format: 'jsonl',
      fields: {id: 'id', label: 'label', text: 'text'},
    },
  ],
  curation: {min_chars: 10, split: {golden: 0.3, traffic: 0.1, validation: 0.1, seed: 7}},
};
let bench: Workbench;
let curated: Curated;
beforeAll(async () => {
  bench = await Workbench.open();
  await bench.jsonl(
    'mails.jsonl',
    Array.from({length: 40}, (_, i) => ({
      id: `m${i}`,
      label: i % 2 ? 'spam' : 'ham',
      text: `The mail of number ${i * 7919}`,
    })),
  );
  curated = await bench.curate(settings);
});
afterAll(() => bench.remove());

const of = (split: Split) => curated.rows.filter((row) => row.split === split);

/** The version with other rows in the files of a split, as its document then says. */
async function holding(split: Split, rows: readonly DatasetRow[]): Promise<DatasetVersion> {
  const {artifacts} = bench.stores;
  const {ref} = await artifacts.putLines(rows);
  const shards = [
    ...curated.provenance.shards.filter((shard) => shard.split !== split),
    {ref, split, rows: rows.length},
  ];
  return {...curated.version, provenance: await artifacts.putJson({...curated.provenance, shards})};
}
async function read(version: DatasetVersion, split: Split = 'train', key = ROW_KEY): Promise<number> {
  const rows = await DatasetRows.open(bench.stores, version, key);
  return (await Array.fromAsync(rows.of(split))).length;
}

test('as it was curated it is read, and in other files too', async () => {
  expect(await read(curated.version)).toBe(of('train').length);
  expect(await read(await holding('train', of('train').toReversed()))).toBe(of('train').length);
});

test.each<[string, () => DatasetRow[], RegExp]>([
  [
    'another label',
    () =>
      of('train').map((row, i) => (i === 3 ? {...row, label: row.label === 'spam' ? 'ham' : 'spam'} : row)),
    /: row mails\/m\d+ of split train is not the one that was curated; restore it from a backup, or curate again$/,
  ],
  [
    'another text',
    () => of('train').map((row, i) => (i ? row : {...row, fields: {text: 'x'}})),
    /is not the one/,
  ],
  [
    'another row, with the digest that a stranger can make',
    () =>
      of('train').map((row, i) =>
        i ? row : {...row, label: 'x', digest: rowDigest(Buffer.alloc(32), {...row, label: 'x'})},
      ),
    /is not the one/,
  ],
  ['a row twice', () => [...of('train'), of('train')[0]!], /is not the one/],
  [
    'a golden row',
    () => [...of('train').slice(1), {...of('golden')[0]!, split: 'train' as const}],
    /is not the one/,
  ],
  ['a row less', () => of('train').slice(1), /: 1 rows of split train are missing from its files/],
  ['none', () => [], /rows of split train are missing from its files/],
])('%s in the files of a split is DigestMismatch', async (_, rows, message) => {
  const version = await holding('train', rows());
  await expect(read(version)).rejects.toMatchObject({
    type: 'DigestMismatch',
    message: expect.stringMatching(message) as string,
  });
  // The other splits are what they were.
  expect(await read(version, 'golden')).toBe(of('golden').length);
});

test('another index is found before a row is read, and another row key knows none of them', async () => {
  const marks = of('train').map(({digest, split, id}) => ({digest, split, id}));
  const {ref} = await bench.stores.artifacts.putLines(marks);
  await expect(read({...curated.version, index: ref})).rejects.toThrow(
    /rows, settings and golden sets hash to/,
  );
  await expect(read(curated.version, 'train', Buffer.alloc(32, 8))).rejects.toThrow(/is not the one/);
});
