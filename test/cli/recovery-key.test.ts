import {statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {expect, test} from 'vitest';
import {User} from './cli.ts';
import {prepare} from './prepared-store.ts';
import {projectYaml} from './project-yaml.ts';

test('a recovery key lies where it was told to alone, and rolls back from there', async () => {
  const user = new User();
  const [folder, usb] = [user.folder('post'), user.folder('usb')];
  const file = path.join(usb, 'recovery.pem');
  const made = await user.ratchet(['keys', 'create', 'recovery', '--offline', file, '--json']);
  expect(made.code, made.stderr).toBe(0);
  const {public: key} = JSON.parse(made.stdout) as {public: string};
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect((await user.ratchet(['keys', 'list', '--json'])).stdout).toBe('[]\n');
  const approval = `approval:\n  approvers:\n    - {name: recovery, key: '${key}', roles: [approver]}`;
  writeFileSync(path.join(folder, 'ratchet.yaml'), projectYaml('post', {approval}));
  const {stores, base} = await prepare(pathToFileURL(path.join(folder, '.ratchet', 'store')).href);
  const rollback = ['rollback', '--to-base', '--comment', 'nobody answers'];
  const without = await user.ratchet(rollback, {from: folder});
  expect(without.stderr).toMatch(/^ratchet: refused: to rollback takes a signature.*; who may: recovery\n$/);
  const {code, stderr} = await user.ratchet(rollback, {from: folder, env: {RATCHET_KEY: file}});
  expect(code, stderr).toBe(0);
  expect(await stores.pointers.read('post')).toMatchObject({stable: base.digest, by: 'recovery'});
});

test('it overwrites nothing, and makes no folder', async () => {
  const user = new User();
  const file = path.join(user.home, 'recovery.pem');
  const create = (to: string) => user.ratchet(['keys', 'create', '--offline', to]);
  const shown = await create(file);
  expect(shown.stdout).toMatch(
    /^recovery key [0-9a-f]{16} is in .*, and nowhere else: lock the medium away\n/,
  );
  expect(shown.stdout).toContain('    - {name: recovery, key: ');
  expect(await create(file)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('a key is never overwritten') as string,
  });
  expect(await create(path.join(user.home, 'usb', 'recovery.pem'))).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/usb is not there: make it, or mount the medium\n$/) as string,
  });
});
