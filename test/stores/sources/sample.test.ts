import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {afterAll, expect, it} from 'vitest';
import {sampleSource} from '../../../stores/sources/sample.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ratchet-sample-'));
afterAll(() => rmSync(folder, {recursive: true, force: true}));
writeFileSync(path.join(folder, 'a.jsonl'), '{"n":1}\nnot JSON\n{"n":3}\n');
writeFileSync(path.join(folder, 'empty.jsonl'), '');
writeFileSync(path.join(folder, 'none.jsonl'), 'not JSON\n[1]\n');
const sample = (name: string, most: number) =>
  sampleSource({uri: `file:${name}`, format: 'jsonl'}, folder, most);

it('a sample is the first records, malformed ones counted, and says whether it is all', async () => {
  expect(await sample('a.jsonl', 3)).toMatchObject({rows: [{n: 1}, {n: 3}], malformed: 1, whole: true});
  expect(await sample('a.jsonl', 2)).toMatchObject({rows: [{n: 1}], malformed: 1, whole: false});
});

it('of what is not there, or holds nothing, is refused in a line', async () => {
  await expect(sample('b*.jsonl', 3)).rejects.toMatchObject({
    type: 'InvalidInput',
    message: `no file matches file:b*.jsonl (seen from ${folder})`,
  });
  await expect(sample('empty.jsonl', 3)).rejects.toMatchObject({
    type: 'EmptySource',
    message: 'file:empty.jsonl holds no record: expected rows, in a CSV below its header line',
  });
  await expect(sample('none.jsonl', 3)).rejects.toMatchObject({
    type: 'EmptySource',
    message: 'file:none.jsonl holds no record that can be read as jsonl; the first: none.jsonl:1: not JSON',
  });
});
