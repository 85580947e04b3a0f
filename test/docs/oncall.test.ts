/** Each command of docs/oncall.md, tried as it stands there: with no Temporal, no gateway, no engine and no worker. */
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {beforeAll, describe, expect, test} from 'vitest';
import {ratchet} from '../../cli/program.ts';
import {sha256Hex} from '../../core/identity/digest.ts';
import {releaseDigest} from '../../core/identity/release-digest.ts';
import type {Deployment} from '../../schemas/deployment.ts';
import {User} from '../cli/cli.ts';
import {prepare, type Prepared} from '../cli/prepared-store.ts';
import {projectYaml} from '../cli/project-yaml.ts';
import {approvedFacts} from '../stores/audit/signed-chain.ts';
import {unknownIn} from './commands.ts';

const CARD = readFileSync(new URL('../../docs/oncall.md', import.meta.url), 'utf8');

/** The commands of a section, in their order. */
function commandsOf(section: string): string[] {
  const text = CARD.split(`## ${section}\n`)[1]!.split('\n## ')[0]!;
  return [...text.matchAll(/`npx ratchet ([^`…]+)`/g)].map(([, command]) => command!);
}
const STOPPED = commandsOf('With everything stopped');

let user: User;
let there: Prepared;
let bad: string;
/** What a placeholder of the card is in this test. */
let words: Readonly<Record<string, string>>;

beforeAll(async () => {
  user = new User();
  const folder = user.folder('post');
  const otto = await user.ratchet(['keys', 'create', 'otto', '--json']);
  const key = (JSON.parse(otto.stdout) as {public: string}).public;
  await user.ratchet(['keys', 'create', 'another']);
  const approval = `approval:\n  approvers:\n    - {name: otto, key: '${key}', roles: [operator, admin, approver]}`;
  writeFileSync(path.join(folder, 'ratchet.yaml'), projectYaml('post', {approval}));
  // Not where the project's own folder would have it: the card says how to name it.
  const store = pathToFileURL(path.join(user.home, 'store')).href;
  user.env['RATCHET_STORE'] = store;
  there = await prepare(store);
  const made = await user.ratchet(['api-keys', 'create', 'shop', '--project', folder, '--key', 'otto']);
  expect(made.code, made.stderr).toBe(0);
  const {digest: parent, ...candidate} = there.candidate;
  const other = {...candidate, parent, guardrails: {...candidate.guardrails, maxInputChars: 999}};
  bad = releaseDigest(other);
  await there.stores.registry.putRelease({...other, digest: bad});
  await rolledOut(bad, 'run 1', {stable: bad, canary: null});
  words = {
    PROJECT: folder,
    NAME: 'otto',
    TRACE: there.trace.id,
    STABLE: there.candidate.digest,
    RELEASE: there.candidate.digest,
  };
});

/** A release that a run approved, as its rollout moves it. */
async function rolledOut(
  release: string,
  run: string,
  share: Pick<Deployment, 'stable' | 'canary'>,
): Promise<void> {
  const {stores, dataset, report} = there;
  const runId = `lifecycle/post/${run}`;
  const digests = {release, dataset: dataset.digest, report};
  for (const fact of approvedFacts({project: 'post', runId, digests}))
    await stores.audit('post').append(fact);
  await stores.pointers.move('post', () => ({
    move: {...share, shadow: null, by: `rollout/${runId}`, why: 'moved'},
  }));
}

/** A command line as a shell would divide it. */
function divided(command: string): string[] {
  const parts = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
  return parts.map((part) => words[part] ?? part);
}

describe('with everything stopped', () => {
  test.each(STOPPED)('ratchet %s', async (command) => {
    const {candidate, stores} = there;
    if (command.startsWith('rollback STABLE'))
      await rolledOut(sha256Hex('a canary'), 'run 2', {
        stable: candidate.digest,
        canary: {release: sha256Hex('a canary'), weight: 10},
      });
    if (command.startsWith('retire')) words = {...words, RELEASE: bad};
    const {code, stdout, stderr} = await user.ratchet(divided(command));
    expect(stdout, stderr).not.toBe('');
    // doctor says what is missing on this machine, and may end with 1.
    if (!command.startsWith('doctor')) expect(code, `${stdout}${stderr}`).toBe(0);
    if (command.startsWith('rollback'))
      expect(await stores.pointers.read('post')).toMatchObject({stable: candidate.digest, canary: null});
  });

  test('the card names them, and no more than fit on a page', () => {
    expect(STOPPED.length).toBeGreaterThan(9);
    expect(CARD.split('\n').length).toBeLessThan(80);
  });
});

test('every other command of the card is one that there is, with the options it names', async () => {
  const program = await ratchet(undefined, {whole: true});
  const sections = ['Starting again', 'With the stack running', 'Nobody with the role answers'];
  expect(sections.flatMap(commandsOf).map((command) => unknownIn(program, command))).toEqual(
    sections.flatMap(commandsOf).map(() => null),
  );
});
