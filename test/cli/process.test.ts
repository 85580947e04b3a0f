import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeAll, expect, test} from 'vitest';
import {User} from './cli.ts';
import {projectYaml} from './project-yaml.ts';

let user: User;
let folder: string;
beforeAll(() => {
  user = new User();
  folder = user.folder('post');
  writeFileSync(path.join(folder, 'ratchet.yaml'), projectYaml());
});

// Other tests call commands in a warm process (`User.ratchet`): this is what they may rely on.
test.each<[args: string[], code: number]>([
  [['--version'], 0],
  [['keys', 'list'], 0],
  [['runs'], 0],
  [['audit', 'verify'], 0],
  [['watch', 'nobody'], 2],
  [['nothing'], 2],
  [['audit', 'verify', 'nowhere'], 2],
])('%j ends by itself, and says in a process of its own what it says in a warm one', async (args, code) => {
  const own = await user.ratchet(args, {from: folder, alone: true});
  expect(own.code).toBe(code);
  expect(await user.ratchet(args, {from: folder})).toEqual(own);
});

test('two at a time have a process each', async () => {
  const [one, other] = await Promise.all([
    user.ratchet(['--version'], {from: folder}),
    user.ratchet(['keys', 'list'], {from: folder}),
  ]);
  expect(one.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(other.stdout).toContain('no key in');
});
