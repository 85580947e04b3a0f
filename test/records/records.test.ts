import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {Records} from '../../records/index.ts';
import {prepare, type Prepared} from '../cli/prepared-store.ts';
import {writeProject} from '../cli/project-yaml.ts';

let folder: string;
let there: Prepared;
let records: Records;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'ratchet-records-'));
  writeProject(folder);
  there = await prepare(pathToFileURL(path.join(folder, '.ratchet', 'store')).href);
  records = await Records.open(folder);
});
afterAll(() => rmSync(folder, {recursive: true, force: true}));

test('runs are those of the store', async () => {
  expect(await records.runs()).toEqual([there.run]);
  expect(await records.runs({most: 1})).toEqual([there.run]);
});

test('a record of a run that cannot be read is said, not left out', async () => {
  const damaged = path.join(folder, '.ratchet', 'store', 'runs', 'post', '29991203T114636Z-aaaaaa.json');
  writeFileSync(damaged, '{"v": 1');
  try {
    await expect(records.runs()).rejects.toMatchObject({type: 'InvalidInput'});
  } finally {
    rmSync(damaged);
  }
});

test('releases say which one answers, and by what verdict it came there', async () => {
  const [first, second] = await records.releases();
  expect(first).toMatchObject({
    digest: there.candidate.digest,
    serves: 'stable 100 %',
    verdict: 'pass',
    dataset: there.dataset.digest,
    parent: there.base.digest,
    retired: null,
    amiss: null,
  });
  expect(second).toMatchObject({digest: there.base.digest, serves: 'former', verdict: null});
});

describe('lineage', () => {
  test('leads from an answer to the release, its data and who approved it', async () => {
    for (const id of [there.trace.id, `chatcmpl-${there.trace.id}`]) {
      const {kind, trace, releases} = await records.lineage(id);
      expect({kind, trace: trace?.id}).toEqual({kind: 'trace', trace: there.trace.id});
      expect(releases[0]!.dataset!.digest).toBe(there.dataset.digest);
      expect(releases[0]!.approvals[0]!.result.decisions.map(({by}) => by)).toEqual(['berta']);
    }
  });

  test('takes the beginning of a digest', async () => {
    expect(await records.lineage(there.report.slice(0, 12))).toMatchObject({
      kind: 'report',
      digest: there.report,
    });
  });

  test.each([
    ['what is no id', '../x', /no trace and no digest: expected 8 to 64 lower-case hex digits/],
    ['what is not there', 'f'.repeat(12), /^nothing of post is called ffffffffffff: no trace, release/],
    ['an answer that is not there', `chatcmpl-${'0'.repeat(32)}`, /^nothing of post is called chatcmpl-0/],
  ])('refuses %s', async (_, id, reason) => {
    await expect(records.lineage(id)).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringMatching(reason) as string,
    });
  });
});

test('costs are grouped, of the whole project or of one run', async () => {
  expect(await records.costs({days: 36_500})).toMatchObject({project: 'post', by: 'stage', run: null});
  const of = await records.costs({run: there.run.id, by: 'release'});
  expect(of).toMatchObject({run: there.run.id, by: 'release', window: null});
});

test('a project that cannot be used is refused with a line for each problem', async () => {
  const other = mkdtempSync(path.join(tmpdir(), 'ratchet-records-'));
  await expect(Records.open(other)).rejects.toThrow(/ratchet\.yaml cannot be read \(ENOENT\)/);
  writeFileSync(path.join(other, 'ratchet.yaml'), 'version: 1\nproject: post\n');
  await expect(Records.open(other)).rejects.toThrow(/ratchet\.yaml:.*sources/);
  rmSync(other, {recursive: true});
});
