import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {verifyAudit} from '../../../stores/audit/verify-audit.ts';
import {prepare, type Prepared} from '../../cli/prepared-store.ts';

let folder: string;
let there: Prepared;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ratchet-content-'));
  there = await prepare(pathToFileURL(folder).href);
});
afterEach(() => rm(folder, {recursive: true, force: true}));

const breaks = async (content: 'serving' | 'all' | null): Promise<string[]> =>
  (await verifyAudit(there.stores, 'post', content)).breaks.map(({reason}) => reason);

/** The same number of bytes, one of them another. */
async function flip(key: string): Promise<void> {
  const {objects} = there.stores;
  const bytes = Buffer.from((await objects.get(key))!.bytes);
  bytes[bytes.length - 1]! ^= 1;
  await objects.put(key, bytes);
}

test('what stable is made of has the bytes that it had', async () => {
  expect(await breaks('all')).toEqual([]);
});

test.each<[string, (of: Prepared) => string, RegExp]>([
  ['adapter', (of) => of.adapterUri, /^release [0-9a-f]{12}: its adapter: .* holds bytes that hash to/],
  [
    'report that was approved',
    (of) => `artifacts/sha256/${of.report.slice(0, 2)}/${of.report}`,
    /^release [0-9a-f]{12}: its report: .* holds bytes that hash to/,
  ],
  [
    'dataset index',
    (of) => of.dataset.index.uri,
    /^release [0-9a-f]{12}: dataset [0-9a-f]{12}: .* holds bytes that hash to/,
  ],
])('a byte of the %s', async (_, key, reason) => {
  await flip(key(there));
  expect(await breaks(null)).toEqual([]);
  expect(await breaks('serving')).toEqual([expect.stringMatching(reason)]);
});

test('a release that says it was made from another dataset than its adapter', async () => {
  const key = `releases/post/${there.candidate.digest}.json`;
  const text = new TextDecoder().decode((await there.stores.objects.get(key))!.bytes);
  await there.stores.objects.put(
    key,
    text.replace(`"createdFrom":"${there.dataset.digest}"`, '"createdFrom":null'),
  );
  expect(await breaks('serving')).toEqual([
    expect.stringMatching(
      /: its document: it says that it was made from dataset none, its adapter [0-9a-f]{64}/,
    ),
  ]);
});

test('a release’s own document, and a report that is gone', async () => {
  const {objects} = there.stores;
  const key = `releases/post/${there.candidate.digest}.json`;
  const text = new TextDecoder().decode((await objects.get(key))!.bytes);
  await objects.put(key, text.replace('"temperature":0', '"temperature":1'));
  expect(await breaks('serving')).toEqual([
    expect.stringMatching(/^release [0-9a-f]{12}: its document: .* hashes to .*: it was changed/),
  ]);
  await objects.put(key, text);
  await objects.delete(`artifacts/sha256/${there.report.slice(0, 2)}/${there.report}`);
  expect(await breaks('serving')).toEqual([
    expect.stringMatching(/^release [0-9a-f]{12}: its report: report .* is not in the store$/),
  ]);
});

test('a former release is read where that is asked for', async () => {
  const {objects} = there.stores;
  await objects.delete(`releases/post/${there.base.digest}.json`);
  expect(await breaks('serving')).toEqual([]);
  expect(await breaks('all')).toEqual([
    expect.stringMatching(/^release [0-9a-f]{12}: its document: no release/),
  ]);
});
