import {mkdtemp, realpath, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {afterEach, beforeEach, expect, it} from 'vitest';
import {Warm} from '../../scripts/mutate/warm.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
const CONFIG = `export default {test: {pool: 'forks', include: ['*.test.ts'], isolate: false}};`;
const TEST = `import {expect, it} from 'vitest';
import {one} from './one.ts';
import {two} from './two.ts';
it('knows both', () => expect([one, two]).toEqual([1, 2]));`;

let root: string;
let warm: Warm;
const write = (file: string, text: string): Promise<void> => writeFile(path.join(root, file), text);
beforeEach(async () => {
  root = await realpath(await mkdtemp(path.join(tmpdir(), 'ratchet-warm-')));
  await symlink(path.join(REPOSITORY, 'node_modules'), path.join(root, 'node_modules'));
  await write('package.json', '{"type": "module"}');
  await write('vitest.config.ts', CONFIG);
  await write('one.ts', 'export const one = 1;');
  await write('two.ts', 'export const two = 2;');
  await write('both.test.ts', TEST);
  warm = new Warm(root);
});
afterEach(async () => {
  await warm.stop();
  await rm(root, {recursive: true});
});

it('tests a mutant alone: of the one before nothing stays, though the process does', async () => {
  const run = (changed: string) => warm.run({changed, tests: ['both.test.ts']}, 60_000);
  await write('one.ts', 'export const one = 2;');
  expect(await run('one.ts')).toMatchObject({failed: {file: 'both.test.ts', test: 'knows both'}});
  await write('one.ts', 'export const one = 1;');
  expect(await run('two.ts')).toEqual({failed: null});
  await write('two.ts', 'export const two = 3;');
  expect(await run('two.ts')).toMatchObject({failed: {file: 'both.test.ts'}});
});
