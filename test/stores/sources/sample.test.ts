import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {afterAll, expect, it} from 'vitest';
import {sampleSource} from '../../../stores/sources/sample.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ratchet-sample-'));
afterAll(() => rmSync(folder, {recursive: true, force: true}));
writeFileSync(path.join(folder, 'a.jsonl'), '{"n":1}\nnot JSON\n{"n":3}\n');
writeFileSync(path.join(folder, 'empty.jsonl'), '');
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
  await expect(sample('empty.jsonl', 3)).rejects.toMatchObject({type: 'EmptySource'});
});
