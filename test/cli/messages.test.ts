import {existsSync, readdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {beforeAll, describe, expect, test} from 'vitest';
import {User} from './cli.ts';
import {prepare} from './prepared-store.ts';
import type {Prepared} from './prepared-store.ts';
import {projectYaml} from './project-yaml.ts';

let user: User;
let folder: string;
let there: Prepared;

beforeAll(async () => {
  user = new User();
  folder = user.folder('post');
  writeFileSync(path.join(folder, 'ratchet.yaml'), projectYaml('post', {prices: 'prices: {currency: EUR}'}));
  there = await prepare(pathToFileURL(path.join(folder, '.ratchet', 'store')).href);
});

const ratchet = (args: readonly string[], env: NodeJS.ProcessEnv = {}, of = user) =>
  of.ratchet(args, {from: of === user ? folder : of.home, env});
async function refused(code: number, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const answer = await ratchet(args, env);
  expect({code: answer.code, stdout: answer.stdout}, answer.stderr).toEqual({code, stdout: ''});
  return answer.stderr.trimEnd();
}

describe('help', () => {
  test.each([[['help', 'foo']], [['foo', '--help']], [['help', 'foo', 'bar']]])(
    '%j is one line about what is no command',
    async (args) => {
      expect(await refused(2, args)).toBe("ratchet: unknown command 'foo'");
    },
  );

  test.each([[['help', 'run']], [['run', '--help']]])('%j is the help of the command', async (args) => {
    const {code, stdout} = await ratchet(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: ratchet run /);
  });

  test('help alone is the help of all', async () => {
    expect((await ratchet(['help'])).stdout).toMatch(/^Usage: ratchet \[options\]/);
  });

  test.each([[[]], [['keys']], [['audit']], [['schedule']], [['monitor']]])(
    '%j --help has an example that calls it',
    async (words) => {
      const {code, stdout} = await ratchet([...words, '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain(`Examples:\n  $ ${['ratchet', ...words].join(' ')} `);
    },
  );
});

test('rollback to a beginning that is too short says how long one is', async () => {
  const short = there.base.digest.slice(0, 6);
  expect(await refused(2, ['rollback', short])).toBe(
    `ratchet: "${short}" names no release: expected 8 to 64 hex digits of its digest`,
  );
});

describe('RATCHET_KEY', () => {
  test('that names no file is what the message is about', async () => {
    const file = path.join(user.home, 'none.pem');
    for (const args of [
      ['keys', 'list'],
      ['keys', 'show'],
    ])
      expect(await refused(2, args, {RATCHET_KEY: file})).toBe(
        `ratchet: RATCHET_KEY names ${file}, and no file is there: correct or unset it`,
      );
  });

  test('leaves a key that is named the one that is shown and made', async () => {
    const other = new User();
    const make = async (name: string, env: NodeJS.ProcessEnv = {}) =>
      JSON.parse((await ratchet(['keys', 'create', name, '--json'], env, other)).stdout) as {
        file: string;
        public: string;
      };
    const shown = async (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
      (await ratchet(['keys', 'show', ...args], env, other)).stdout.trim();
    const own = await make('default');
    const elsewhere = await make('elsewhere');
    const env = {RATCHET_KEY: elsewhere.file};
    expect(await shown(['default'], env)).toBe(own.public);
    expect(await shown([], env)).toBe(elsewhere.public);
    const unmade = path.join(other.home, 'unmade.pem');
    const bob = await make('bob', {RATCHET_KEY: unmade});
    expect(bob.file).toBe(path.join(path.dirname(own.file), 'bob.pem'));
    expect(readdirSync(path.dirname(own.file))).toContain('bob.pem');
    expect(existsSync(unmade)).toBe(false);
  });
});

describe('a store', () => {
  test('that was named and is not there is said beside what is listed', async () => {
    const store = pathToFileURL(path.join(user.home, 'nowhere')).href;
    for (const command of ['runs', 'releases', 'datasets']) {
      const {code, stderr} = await ratchet([command], {RATCHET_STORE: store});
      expect({code, stderr}).toEqual({
        code: 0,
        stderr: `RATCHET_STORE names ${store}, and no folder is there: nothing was stored under that name\n`,
      });
    }
  });

  test('that is damaged failed, and the call was fine: 1', async () => {
    const other = new User();
    const at = other.folder('post');
    writeFileSync(path.join(at, 'ratchet.yaml'), projectYaml());
    await prepare(pathToFileURL(path.join(at, '.ratchet', 'store')).href);
    const file = path.join(at, '.ratchet', 'store', 'pointers', 'post', 'deployment.json');
    writeFileSync(file, '{"v": 1,');
    const broken = await other.ratchet(['releases'], {from: at});
    expect({code: broken.code, stdout: broken.stdout}).toEqual({code: 1, stdout: ''});
    expect(broken.stderr).toMatch(
      /^ratchet: pointers\/post\/deployment\.json in file:.* is not JSON: restore it\n$/,
    );
    writeFileSync(file, '{"v": 1}');
    expect((await other.ratchet(['releases'], {from: at})).code).toBe(1);
  });
});

test('times are UTC, and say so', async () => {
  expect((await ratchet(['runs'])).stdout).toContain('  2002-12-03 11:46:36Z  done');
});

test('a cost is rounded, with its currency', async () => {
  expect((await ratchet(['trace', there.trace.id])).stdout).toMatch(/^cost {7}0\.0001 EUR$/m);
});

test('an audit line leaves out what is empty, and what makes it the only one of its kind', async () => {
  await there.stores.audit('post').append({
    kind: 'hold',
    actor: 'monitor',
    at: '2002-12-03T12:00:00Z',
    data: {hold: '', once: 'x', why: 'drift'},
  });
  expect((await ratchet(['audit', 'list', '--last', '1'])).stdout).toMatch(/ {2}monitor {2}why drift$/m);
});
