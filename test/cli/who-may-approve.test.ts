import {chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {beforeEach, describe, expect, test} from 'vitest';
import {User} from './cli.ts';
import {prepare} from './prepared-store.ts';
import {projectYaml, writeProject} from './project-yaml.ts';

let user: User;
let folder: string;
/** No Temporal is there: what is not refused before ends with 1. */
const NOWHERE = {TEMPORAL_ADDRESS: '127.0.0.1:1'};

beforeEach(() => {
  user = new User(NOWHERE);
  folder = user.folder('post');
});

async function key(name: string): Promise<{id: string; public: string; file: string}> {
  return JSON.parse((await user.ratchet(['keys', 'create', name, '--json'])).stdout) as never;
}

function approval(text: string): void {
  writeProject(folder, projectYaml('post', {approval: `approval:\n${text}`}));
}

async function said(code: number, ...args: string[]): Promise<string> {
  const answer = await user.ratchet(args, {from: folder});
  expect({code: answer.code, stdout: answer.stdout}, answer.stderr).toEqual({code, stdout: ''});
  return answer.stderr.trimEnd();
}

describe.each([
  ['run', ['run']],
  ['retrain', ['retrain']],
  ['schedule create', ['schedule', 'create', '--every', '7 d']],
])('%s', (_, command) => {
  const refused = async () => (await said(2, ...command)).replace('ratchet: ', '');

  test('needs as many approvers as are required, before anything is started', async () => {
    writeProject(folder);
    expect(await refused()).toBe(
      'ratchet.yaml:1: approval.approvers: expected at least 1 name with role approver, got none: ' +
        '`ratchet keys create NAME` makes a key and prints the line to add',
    );
    const {public: anna} = await key('anna');
    approval(`  required: 2\n  approvers: [{name: anna, key: '${anna}', roles: [approver]}]`);
    expect(await refused()).toContain(
      'ratchet.yaml:20: approval.approvers: expected at least 2 names with role approver, got anna: ',
    );
  });

  test('needs keys for placeholders', async () => {
    approval(`  approvers:\n    - {name: anna, key: 'ed25519:…', roles: [approver]}`);
    expect(await refused()).toBe(
      'ratchet.yaml:20: approval.approvers: key of anna is no Ed25519 public key: expected "ed25519:" and ' +
        '44 base64 digits, or a public key PEM; `ratchet keys create anna` makes one and prints it',
    );
  });

  test('needs the files of keys, and says how to make one', async () => {
    approval(`  approvers:\n    - {name: anna, key: 'file:keys/anna.pub.pem', roles: [approver]}`);
    const file = path.join(folder, 'keys', 'anna.pub.pem');
    expect(await refused()).toBe(
      `ratchet.yaml:20: approval.approvers: key of anna: cannot read ${file} (ENOENT); \`ratchet keys create anna\` makes a ` +
        'key, and `mkdir -p keys && ratchet keys show anna --pem > keys/anna.pub.pem` that file of it',
    );
    const {file: pem} = await key('anna');
    mkdirSync(path.dirname(file));
    writeFileSync(file, readFileSync(pem));
    expect(await refused()).toMatch(/^ratchet\.yaml:20: .* is a private key: expected the public one/);
  });

  test('takes one key for one name', async () => {
    const {public: anna} = await key('anna');
    approval(
      `  approvers:\n    - {name: anna, key: '${anna}', roles: [approver]}\n    - {name: ben, key: '${anna}', roles: [approver]}`,
    );
    expect(await refused()).toContain('key of ben is also the key of anna: one key, one name');
  });
});

describe('who starts a run', () => {
  const approver = (name: string, text: string) =>
    `    - {name: ${name}, key: '${text}', roles: [approver]}\n`;
  /** Refused or not, by which line; a run that may start finds no Temporal. */
  const run = async (...args: string[]) =>
    (await user.ratchet(['run', ...args], {from: folder})).stderr.trimEnd().split('\n');

  test('the only approver is told at once that they cannot approve it, unless the project lets them', async () => {
    const {public: anna} = await key('anna');
    approval(`  approvers:\n${approver('anna', anna)}`);
    expect((await run())[0]).toBe(
      'anna starts this run and is its only approver, who may not approve it: add another approver to ' +
        'ratchet.yaml, or `starter_may_approve: true` under `approval`',
    );
    approval(`  starter_may_approve: true\n  approvers:\n${approver('anna', anna)}`);
    expect((await run()).join()).not.toContain('may not approve');
    const {public: ben} = await key('ben');
    approval(`  approvers:\n${approver('anna', anna)}${approver('ben', ben)}`);
    expect((await run('--key', 'ben')).join()).not.toContain('may not approve');
  });

  test('with keys of two approvers says as which of them', async () => {
    const [{public: anna}, {public: ben}] = [await key('anna'), await key('ben')];
    approval(`  approvers:\n${approver('anna', anna)}${approver('ben', ben)}`);
    expect(await said(2, 'run')).toBe('ratchet: several keys (anna, ben): say which with --key NAME');
  });

  test('with a key that others can read is refused, not taken for somebody without a key', async () => {
    const {public: anna, file} = await key('anna');
    approval(`  approvers:\n${approver('anna', anna)}`);
    chmodSync(file, 0o644);
    expect(await said(2, 'run')).toContain('others can read a private key; run: chmod 600');
    expect(await said(2, 'run', '--key', 'berta')).toContain('make one with "ratchet keys create berta"');
  });
});

describe('who moves a pointer', () => {
  async function moved(...args: string[]): Promise<{by: string}> {
    const {code, stdout, stderr} = await user.ratchet(['rollback', '--json', ...args], {from: folder});
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as {by: string};
  }

  test('is nobody with a key, the owner of two keys, or the one that is named', async () => {
    writeProject(folder);
    const {base, candidate} = await prepare(pathToFileURL(path.join(folder, '.ratchet', 'store')).href);
    expect((await moved('--to-base')).by).toBe(
      process.env['USER'] ?? (await import('node:os')).userInfo().username,
    );
    const [old, fresh] = [await key('old'), await key('fresh')];
    expect(await said(2, 'rollback')).toContain('several keys (fresh, old): say which with --key NAME');
    expect((await moved(candidate.digest, '--key', 'old')).by).toBe(`key:${old.id}`);
    approval(
      `  approvers:\n    - {name: anna, key: '${old.public}', roles: [approver]}\n    - {name: anna, key: '${fresh.public}', roles: [approver]}`,
    );
    expect((await moved(base.digest, '--to-base')).by).toBe('anna');
    rmSync(fresh.file);
  });
});
