import {execFileSync} from 'node:child_process';
import {appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {STAMP, thisBuild} from '../../host/build.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'ratchet-build-'));
  for (const room of ['workflows', 'schemas', 'core']) mkdirSync(path.join(root, room));
  writeFileSync(path.join(root, 'workflows', 'one.ts'), 'export const one = 1;\n');
  writeFileSync(path.join(root, 'package.json'), '{"version": "0.1.0"}');
});
afterEach(() => rmSync(root, {recursive: true, force: true}));

const id = async (env: NodeJS.ProcessEnv = {}) => (await thisBuild(root, env)).id;
const edit = () => appendFileSync(path.join(root, 'workflows', 'one.ts'), '// more\n');
function commit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', root, '-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], {
      encoding: 'utf8',
    }).trim();
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'one');
  return git('rev-parse', 'HEAD').slice(0, 12);
}

test('a checkout has its commit; only workflow code that differs from it makes another build', async () => {
  const head = commit();
  expect(await id()).toBe(head);
  writeFileSync(path.join(root, 'README.md'), 'words');
  expect(await id()).toBe(head);
  const {sources} = await thisBuild(root, {});
  edit();
  const changed = await thisBuild(root, {});
  expect(changed.sources).not.toBe(sources);
  expect(changed.id).toBe(`${head}-dirty-${changed.sources.slice(0, 8)}`);
});

test('a file that no commit knows counts', async () => {
  const head = commit();
  writeFileSync(path.join(root, 'core', 'two.ts'), '');
  expect(await id()).toMatch(new RegExp(`^${head}-dirty-[0-9a-f]{8}$`));
});

test('a package has the commit that it was built of, as long as it is that code', async () => {
  const {sources} = await thisBuild(root, {});
  mkdirSync(path.join(root, 'dist'));
  writeFileSync(path.join(root, STAMP), JSON.stringify({v: 1, id: '3f9a1c20d4e5', sources}));
  expect(await id()).toBe('3f9a1c20d4e5');
  edit();
  expect(await id()).toMatch(/^3f9a1c20d4e5-dirty-[0-9a-f]{8}$/);
});

test('without any commit it is version and sources', async () => {
  expect(await id()).toMatch(/^0\.1\.0-src-[0-9a-f]{8}$/);
});

test('RATCHET_BUILD_ID names it, and is refused where it is no name', async () => {
  expect(await id({RATCHET_BUILD_ID: 'release-7'})).toBe('release-7');
  for (const wrong of ['a b', '-x', 'x'.repeat(129), 'a/b'])
    await expect(id({RATCHET_BUILD_ID: wrong})).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringMatching(/^RATCHET_BUILD_ID: expected 1 to 128 letters, .*, got "/) as string,
    });
});
