import {rm, symlink} from 'node:fs/promises';
import path from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {listSources} from '../../../activities/curate/listing.ts';
import {ROWS, SourceFolder, sourceOf} from './source-folder.ts';

const DROP = sourceOf({uri: 'file:drop/**', format: 'jsonl'});
const REFUSED =
  /link\.jsonl of file:drop\/\*\* is a link out of .*\/drop: copy what it names, make that a source of its own, or set follow_links: true/;
let folder: SourceFolder;

// A folder that somebody may drop files into, and a file beside it that they may not read.
beforeEach(async () => {
  folder = await SourceFolder.open();
  await folder.jsonl('drop/rows.jsonl', ROWS);
  await folder.jsonl('elsewhere/secret.jsonl', [{...ROWS[0], id: 's', body: 'the secret'}]);
});
afterEach(() => folder.remove());

const at = (name: string) => path.join(folder.options().folder, name);

test.each([
  ['to a file', '../elsewhere/secret.jsonl'],
  ['to a file by its whole path', '/elsewhere/secret.jsonl'],
  ['by way of another link', 'hop/secret.jsonl'],
])('a link out of the folder %s is refused, listed or read', async (_, target) => {
  await symlink('../elsewhere', at('drop/hop'));
  await symlink(target.startsWith('/') ? at(target.slice(1)) : target, at('drop/link.jsonl'));
  await expect(folder.read(DROP)).rejects.toThrow(REFUSED);
  await expect(listSources([DROP], folder.options().folder)).rejects.toThrow(REFUSED);
});

test('a link that took a file’s place after the listing is not followed either', async () => {
  await folder.jsonl('drop/link.jsonl', ROWS.slice(0, 1));
  const found = (await folder.read(DROP)).filter(({file}) => file === 'link.jsonl');
  await rm(at('drop/link.jsonl'));
  await symlink('../elsewhere/secret.jsonl', at('drop/link.jsonl'));
  await expect(folder.reread(DROP, found)).rejects.toThrow(REFUSED);
});

test('a link is read where it stays inside, where the source says so, and where it is the source itself', async () => {
  await symlink('rows.jsonl', at('drop/again.jsonl'));
  expect(await folder.read(DROP)).toHaveLength(2 * ROWS.length);
  await symlink('../elsewhere/secret.jsonl', at('drop/link.jsonl'));
  const followed = await folder.read({...DROP, follow_links: true});
  expect(followed.map(({id}) => id)).toContain('s');
  expect(await folder.read({...DROP, uri: 'file:drop/link.jsonl'})).toHaveLength(1);
});
