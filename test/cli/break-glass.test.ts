import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {beforeAll, expect, test} from 'vitest';
import {approvedFacts} from '../stores/audit/signed-chain.ts';
import {User} from './cli.ts';
import {prepare} from './prepared-store.ts';
import type {Prepared} from './prepared-store.ts';
import {projectYaml} from './project-yaml.ts';

// With the stack down: otto operates and does not answer, anna only approves.
const NEWEST = 'd'.repeat(64);
let user: User;
let folder: string;
let there: Prepared;

beforeAll(async () => {
  user = new User();
  folder = user.folder('post');
  const people: string[] = [];
  for (const [name, roles] of [
    ['otto', '[operator]'],
    ['anna', '[approver]'],
    ['mallory', null],
  ] as const) {
    const {stdout} = await user.ratchet(['keys', 'create', name, '--json']);
    const key = (JSON.parse(stdout) as {public: string}).public;
    if (roles !== null) people.push(`    - {name: ${name}, key: '${key}', roles: ${roles}}`);
  }
  const approval = `approval:\n  approvers:\n${people.join('\n')}`;
  writeFileSync(path.join(folder, 'ratchet.yaml'), projectYaml('post', {approval}));
  there = await prepare(pathToFileURL(path.join(folder, '.ratchet', 'store')).href);
  const {stores, dataset, report} = there;
  const runId = 'lifecycle/post/another';
  const digests = {release: NEWEST, dataset: dataset.digest, report};
  for (const fact of approvedFacts({project: 'post', runId, digests}))
    await stores.audit('post').append(fact);
  await stores.pointers.move('post', () => ({
    move: {stable: NEWEST, canary: null, shadow: null, by: `rollout/${runId}`, why: 'promote'},
  }));
});

const glass = (...args: string[]) =>
  user.ratchet(['rollback', '--yes', '--break-glass', 'nonsense since noon', ...args], {from: folder});
const stable = async () => (await there.stores.pointers.read('post'))!.stable;

test.each<[string, string[], RegExp]>([
  ['a stranger', ['--key', 'mallory'], /^ratchet: refused: key \w+ is not among .*; who may: otto, anna$/],
  ['who has the role', ['--key', 'otto'], /^ratchet: otto may roll back: leave out --break-glass$/],
  ['with a comment beside the reason', ['--key', 'anna', '--comment', 'x'], /cannot be used with option/],
  ['to the base model', ['--key', 'anna', 'BASE'], /no permitted move|never gated/],
])('is refused to %s, and moves nothing', async (_, args, reason) => {
  const answer = await glass(...args.map((arg) => (arg === 'BASE' ? there.base.digest : arg)));
  expect(answer).toMatchObject({stdout: ''});
  expect(answer.code).not.toBe(0);
  expect(answer.stderr.trimEnd().split('\n')[0]).toMatch(reason);
  expect(await stable()).toBe(NEWEST);
});

test('takes a reason', async () => {
  const {code, stderr} = await user.ratchet(['rollback', '--yes', '--break-glass', ' ', '--key', 'anna'], {
    from: folder,
  });
  expect({code, stderr}).toEqual({code: 2, stderr: 'ratchet: expected a reason, got none\n'});
});

test('anybody of the project goes one release back; verify lists the alarm', async () => {
  const {code, stderr} = await glass('--key', 'anna');
  expect({code, stderr}).toEqual({
    code: 0,
    stderr: 'the glass is broken: it is in the audit chain, and everybody is notified\n',
  });
  expect(await stable()).toBe(there.candidate.digest);
  const verified = await user.ratchet(['audit', 'verify'], {from: folder});
  expect(verified.code, verified.stdout).toBe(0);
  expect(verified.stdout).toMatch(
    /^ {2}ALARM: entry \d+: anna broke the glass \(nonsense since noon\): move 3, back to [0-9a-f]{12}, /m,
  );
  // Behind that lies the base model alone.
  expect((await glass('--key', 'anna')).stderr).toContain('nothing to go back to');
});

test('a project that names nobody has no glass', async () => {
  const open = user.folder('open');
  writeFileSync(path.join(open, 'ratchet.yaml'), projectYaml('post'));
  const env = {RATCHET_STORE: pathToFileURL(path.join(folder, '.ratchet', 'store')).href};
  const {stderr} = await user.ratchet(['rollback', '--yes', '--break-glass', 'x', '--key', 'anna'], {
    from: open,
    env,
  });
  expect(stderr).toBe('ratchet: post names nobody, so there is no glass to break: leave out --break-glass\n');
});
