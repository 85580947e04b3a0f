import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {releaseDigest} from '../../core/identity/release-digest.ts';
import {sha256Hex} from '../../core/identity/digest.ts';
import {diffParts, diffReleases} from '../../records/release-diff.ts';
import type {DatasetVersion} from '../../schemas/dataset.ts';
import type {ReleaseV1} from '../../schemas/release.ts';
import {prepare, type Prepared} from '../cli/prepared-store.ts';

let folder: string;
let there: Prepared;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'ratchet-diff-'));
  there = await prepare(pathToFileURL(folder).href);
});
afterAll(() => rmSync(folder, {recursive: true, force: true}));

/** A dataset version of these rows, in the order of their digests as curation writes them. */
async function versionOf(rows: Readonly<Record<string, string>>): Promise<DatasetVersion> {
  const marks = Object.entries(rows)
    .map(([id, split]) => ({digest: sha256Hex(id), split, id}))
    .sort((a, b) => (a.digest < b.digest ? -1 : 1));
  const {ref} = await there.stores.artifacts.putLines(marks);
  const version = {...there.dataset, digest: sha256Hex(JSON.stringify(rows)), index: ref};
  await there.stores.registry.putDataset(version);
  return version;
}

async function releaseOf(dataset: string): Promise<ReleaseV1> {
  const adapter = {...there.candidate.adapter!, dataset, digest: sha256Hex(`adapter ${dataset}`)};
  const body = {...there.candidate, adapter, createdFrom: dataset};
  const release = {...body, digest: releaseDigest(body)};
  await there.stores.registry.putRelease(release);
  return release;
}

describe('rows of two dataset versions', () => {
  test.for([
    [{a: 'train', b: 'train', c: 'golden'}, {a: 'train', b: 'golden', d: 'train', e: 'train'}, [2, 1, 2, 1]],
    [{a: 'train'}, {b: 'train', c: 'train'}, [0, 1, 2, 0]],
    [{a: 'train', b: 'train', c: 'train'}, {b: 'train'}, [1, 2, 0, 0]],
    [{a: 'train'}, {}, [0, 1, 0, 0]],
    [{}, {a: 'train'}, [0, 0, 1, 0]],
  ] as const)('%o and %o', async ([before, after, [both, only, came, moved]]) => {
    const [old, now] = [await versionOf(before), await versionOf(after)];
    const {rows} = await diffParts(there.stores, await releaseOf(old.digest), await releaseOf(now.digest));
    expect(rows).toEqual({both, before: only, after: came, moved});
  });

  test('are not compared where one release has none, or both have the same', async () => {
    const {stores, base, candidate} = there;
    expect((await diffParts(stores, base, candidate)).rows).toBeNull();
    expect((await diffParts(stores, candidate, candidate)).rows).toBeNull();
  });
});

test('a dataset whose record is gone leaves the rest readable, and says so', async () => {
  const gone = await releaseOf(sha256Hex('gone'));
  const {areas, rows} = await diffParts(there.stores, there.candidate, gone);
  expect(areas.find(({area}) => area === 'data')).toMatchObject({
    changes: [],
    unread: expect.stringContaining('no dataset version') as string,
  });
  expect(areas.find(({area}) => area === 'model')!.changes).toMatchObject([{part: 'adapter'}]);
  expect(rows).toMatchObject({unread: expect.stringContaining('no dataset version') as string});
});

test('without a record of the training, the settings are those of the adapter', async () => {
  const {stores, candidate} = there;
  const config = await stores.artifacts.putJson({r: 16});
  const body = {...candidate, adapter: {...candidate.adapter!, digest: sha256Hex('other'), config}};
  const other = {...body, digest: releaseDigest(body)};
  const {areas} = await diffReleases(stores, candidate, other);
  expect(areas.find(({area}) => area === 'training')!.changes).toEqual([
    {part: 'r', before: '8', after: '16'},
  ]);
});
