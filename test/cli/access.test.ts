import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {beforeAll, describe, expect, test} from 'vitest';
import {digestOf} from '../../core/identity/digest.ts';
import type {ProvedAct} from '../../schemas/access.ts';
import {User} from './cli.ts';
import {prepare} from './prepared-store.ts';
import type {Prepared} from './prepared-store.ts';
import {projectYaml, writeProject} from './project-yaml.ts';

// With the stack down: what people may do to the store itself, and what they sign.
let user: User;
let folder: string;
let there: Prepared;
const keys: Record<string, string> = {};

beforeAll(async () => {
  user = new User();
  folder = user.folder('post');
  for (const name of ['adam', 'anna', 'otto', 'eve', 'mallory']) {
    const {stdout} = await user.ratchet(['keys', 'create', name, '--json']);
    keys[name] = (JSON.parse(stdout) as {public: string}).public;
  }
  people({adam: '[admin]', anna: '[approver]', otto: '[operator]', eve: '[operator], moves: [canary]'});
  there = await prepare(pathToFileURL(path.join(folder, '.ratchet', 'store')).href);
});

/** Writes ratchet.yaml with these people. */
function people(roles: Readonly<Record<string, string>>, gate = '0.5'): void {
  const approvers = Object.entries(roles).map(
    ([name, of]) => `    - {name: ${name}, key: '${keys[name]}', roles: ${of}}`,
  );
  const changes = {
    gauntlet: `gauntlet:\n  gates:\n    - {metric: triage_balanced_accuracy, test: at-least, limit: ${gate}}`,
    approval: `approval:\n  approvers:\n${approvers.join('\n')}`,
  };
  writeProject(folder, projectYaml('post', changes));
}
const TEAM = {adam: '[admin]', anna: '[approver]', otto: '[operator]', eve: '[operator], moves: [canary]'};
const ratchet = (...args: string[]) => user.ratchet(args, {from: folder});
async function refused(code: number, ...args: string[]): Promise<string> {
  const answer = await ratchet(...args);
  expect({code: answer.code, stdout: answer.stdout}, answer.stderr).toEqual({code, stdout: ''});
  return answer.stderr.trimEnd().split('\n').at(-1)!;
}

describe('policy', () => {
  test('the first one is signed by the admin it names, and is in force', async () => {
    expect((await ratchet('policy', 'show')).stdout).toContain('no policy is in force yet');
    expect(await refused(1, 'policy', 'sign', '--key', 'otto', '--yes')).toMatch(
      /^ratchet: refused: key otto \([0-9a-f]{16}\) is not an admin's; admins: adam$/,
    );
    const {code, stdout, stderr} = await ratchet('policy', 'sign', '--key', 'adam', '--yes');
    expect({code, stdout}, stderr).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^policy [0-9a-f]{64} is in force, signed by adam\n$/),
    });
    expect((await ratchet('policy', 'show')).stdout).toContain('signed by adam');
  });

  test('who edits the YAML changes nothing: diff says what is missing, and a run is refused before anything starts', async () => {
    people({...TEAM, mallory: '[admin, approver, operator]'}, '0.1');
    const diff = await ratchet('policy', 'diff');
    expect(diff.code).toBe(1);
    expect(diff.stdout).toContain('triage_balanced_accuracy: limit 0.5 → limit 0.1');
    expect(diff.stdout).toContain('mallory: added, admin + approver + operator');
    expect(await refused(1, 'policy', 'sign', '--key', 'mallory', '--yes')).toContain(
      "is not an admin's; admins: adam",
    );
    expect(await refused(1, 'run', '--key', 'mallory')).toMatch(
      /refused: key [0-9a-f]{16} is not among the project's people/,
    );
    expect(await refused(1, 'run', '--key', 'otto')).toMatch(
      /^ratchet: the policy of post changed: .*limit 0.5 → limit 0.1.*; an admin signs it: ratchet policy sign$/,
    );
    people(TEAM);
    expect((await ratchet('policy', 'diff')).code).toBe(0);
  });
});

test('a person without a key learns who may decide', async () => {
  const keyless = new User();
  expect((await keyless.ratchet(['approve', there.candidate.digest], {from: folder})).stderr).toBe(
    'ratchet: no key to sign with: make one with `ratchet keys create NAME`, or set RATCHET_KEY to a PEM file; who may: anna\n',
  );
});

describe('rollback', () => {
  test('is for an operator who may move stable, and signed', async () => {
    expect(await refused(1, 'rollback', '--key', 'anna', '--yes')).toBe(
      'ratchet: refused: anna has the role approver, expected operator to roll back; who may: otto',
    );
    expect(await refused(1, 'rollback', '--key', 'eve', '--yes')).toBe(
      'ratchet: refused: eve may move canary, expected stable to roll back; who may: otto',
    );
    expect(
      (await ratchet('rollback', '--key', 'otto', '--comment', 'wrong since noon', '--to-base')).code,
    ).toBe(0);
    const deployment = (await there.stores.pointers.read('post'))!;
    expect(deployment).toMatchObject({
      stable: there.base.digest,
      by: 'otto',
      signed: {
        payload: {
          act: 'rollback',
          about: {from: there.candidate.digest, to: there.base.digest, move: `${deployment.seq}`},
        },
        publicKey: keys['otto'],
      },
    });
    const verified = await ratchet('audit', 'verify');
    expect(verified.code, verified.stdout).toBe(0);
  });

  test('one that nobody signed is a break of the chain', async () => {
    const other = new User();
    const copy = other.folder('post');
    const store = (await prepare(pathToFileURL(path.join(copy, '.ratchet', 'store')).href)).stores;
    writeProject(copy, readFileSync(path.join(folder, 'ratchet.yaml'), 'utf8'));
    const own = (...args: string[]) => user.ratchet(args, {from: copy});
    expect((await own('policy', 'sign', '--key', 'adam', '--yes')).code).toBe(0);
    const former = (await store.pointers.read('post'))!.former.at(-1)!;
    await store.pointers.rollback('post', former, {by: 'otto', why: 'past the command line'});
    const {code, stdout} = await own('audit', 'verify');
    expect({code, stdout}).toEqual({
      code: 1,
      stdout: expect.stringContaining('it is not signed, though the policy in force names people') as string,
    });
  });
});

describe('what is done to the store takes a role, and a signature', () => {
  const chain = async (kind: string) => {
    const entries = [];
    for await (const entry of there.stores.audit('post').entries())
      if (entry.kind === kind) entries.push(entry);
    return entries;
  };
  const objects = async () => {
    const keys: string[] = [];
    for await (const key of there.stores.objects.list('')) keys.push(key);
    return keys;
  };

  test('nobody signs, or somebody who may not: one line, and nothing is written', async () => {
    const before = await objects();
    const keyless = new User();
    const without = (args: string[]) => keyless.ratchet(args, {from: folder});
    expect(await without(['schedule', 'create', '--every', '7 d'])).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'ratchet: refused: to schedule takes a signature, since the project names people: sign with your key (ratchet keys list); who may: eve, otto\n',
    });
    expect((await without(['gc', '--grace', '0 d', '--yes'])).stderr).toMatch(
      /^ratchet: refused: to delete from the store takes a signature/,
    );
    const anna = (...args: string[]) => refused(1, ...args, '--key', 'anna');
    const role = 'ratchet: refused: anna has the role approver, expected operator to';
    expect(await anna('retire', there.candidate.digest, '--comment', 'x', '--yes')).toBe(
      `${role} retire a release; who may: adam, otto`,
    );
    expect(await anna('api-keys', 'create', 'shop')).toBe(
      `${role} change a key of the gateway; who may: adam, eve, otto`,
    );
    expect(await anna('gc', '--grace', '0 d', '--yes')).toBe(
      `${role} delete from the store; who may: adam, eve, otto`,
    );
    expect(await anna('schedule', 'trigger')).toBe(`${role} change a schedule; who may: eve, otto`);
    // Who may move the canary alone takes nothing out of what may be stable.
    expect(
      await refused(1, 'retire', there.candidate.digest, '--comment', 'x', '--yes', '--key', 'eve'),
    ).toBe('ratchet: refused: eve may move canary, expected stable to retire a release; who may: adam, otto');
    expect(await refused(1, 'schedule', 'pause', '--key', 'adam')).toBe(
      'ratchet: refused: adam has the role admin, expected operator to change a schedule; who may: eve, otto',
    );
    expect(await objects()).toEqual(before);
  });

  test('an operator, or an admin, signs each change of a key, the very key in it', async () => {
    const made = await ratchet('api-keys', 'create', 'shop', '--key', 'otto', '--json');
    expect(made.code, made.stderr).toBe(0);
    expect((await ratchet('api-keys', 'rotate', 'shop', '--key', 'adam')).code).toBe(0);
    expect((await ratchet('api-keys', 'revoke', 'shop', '--key', 'otto')).code).toBe(0);
    const [old, turned] = (await there.stores.gatewayKeys.read('post'))!.keys;
    const about = (await chain('gateway_key')).map(({actor, data}) => ({
      actor,
      proof: data['proof'],
      ...(data['signed'] as ProvedAct).payload.about,
    }));
    expect(about).toMatchObject([
      {actor: 'otto', proof: 'signed', do: 'created', key: old!.id, hash: old!.hash, name: 'shop'},
      {actor: 'adam', do: 'rotated', key: old!.id, to: turned!.id, hash: turned!.hash},
      {actor: 'otto', do: 'revoked', key: old!.id},
      {actor: 'otto', do: 'revoked', key: turned!.id},
    ]);
    expect((await ratchet('audit', 'verify')).code).toBe(0);
  });

  test('what is deleted is signed for before it goes; looking takes no key', async () => {
    await there.stores.artifacts.putBytes('what a run left', 'text/plain');
    const keyless = new User();
    expect((await keyless.ratchet(['gc', '--grace', '0 d', '--dry-run'], {from: folder})).code).toBe(0);
    const gone = await ratchet('gc', '--grace', '0 d', '--yes', '--json', '--key', 'otto');
    const {going, before, bytes} = JSON.parse(gone.stdout) as {
      going: {key: string}[];
      before: string;
      bytes: number;
    };
    const plan = digestOf(going.map(({key}) => key));
    expect(await chain('gc')).toMatchObject([
      {
        actor: 'otto',
        data: {plan, before, bytes, objects: going.length, signed: {payload: {about: {plan, before}}}},
      },
    ]);
  });

  test('a release is retired by who signed for it', async () => {
    const release = there.candidate.digest;
    const retired = await ratchet('retire', release, '--comment', 'withdrawn', '--yes', '--key', 'otto');
    expect(retired.code, retired.stderr).toBe(0);
    expect(await chain('retired')).toMatchObject([
      {
        actor: 'otto',
        data: {
          release,
          proof: 'signed',
          signed: {payload: {act: 'retire', about: {release}, comment: 'withdrawn'}},
        },
      },
    ]);
    expect((await ratchet('audit', 'verify')).code).toBe(0);
  });
});

describe('delegate', () => {
  test('an approver delegates until a day, sees it, and takes it back', async () => {
    expect(await refused(1, 'delegate', '--to', 'eve', '--until', '2036-12-24', '--key', 'otto')).toBe(
      'ratchet: refused: otto has the role operator, expected approver to delegate; who may: anna',
    );
    expect(await refused(2, 'delegate', '--to', 'eve', '--until', '2002-12-24', '--key', 'anna')).toContain(
      'expected a day or time to come',
    );
    expect(
      await refused(2, 'delegate', '--to', 'mallory', '--until', '2036-12-24', '--key', 'anna'),
    ).toContain('expected a person of the project other than you');
    const given = await ratchet(
      'delegate',
      '--to',
      'eve',
      '--until',
      '2036-12-24',
      '--key',
      'anna',
      '--json',
    );
    const {digest, until} = JSON.parse(given.stdout) as {digest: string; until: string};
    expect(until).toBe('2036-12-25T00:00:00.000Z');
    expect(await refused(2, 'delegate', '--to', 'otto', '--until', '2036-12-24', '--key', 'anna')).toContain(
      'anna has delegated to eve until',
    );
    expect((await ratchet('delegate')).stdout).toMatch(/anna +eve .* in force/);
    expect((await ratchet('delegate', '--revoke', digest.slice(0, 8), '--key', 'anna')).code).toBe(0);
    expect((await ratchet('delegate')).stdout).toMatch(/anna +eve .* revoked/);
    expect((await ratchet('audit', 'verify')).code).toBe(0);
  });
});

describe('a signed head, kept elsewhere', () => {
  test('proves that nothing before it changed, and notices what did', async () => {
    const {stdout} = await ratchet('audit', 'head', '--key', 'anna');
    const head = path.join(folder, 'head.json');
    writeFileSync(head, stdout);
    expect(JSON.parse(stdout)).toMatchObject({v: 1, project: 'post', publicKey: keys['anna']});
    await there.stores.audit('post').append({kind: 'note', actor: 'test', data: {}});
    const {code, stdout: said} = await ratchet('audit', 'verify', '--head', head);
    expect({code, said}).toEqual({code: 0, said: expect.stringContaining('nothing up to entry') as string});

    const attack = async (change: object): Promise<string> => {
      const forged = path.join(folder, 'forged.json');
      writeFileSync(forged, JSON.stringify({...(JSON.parse(stdout) as object), ...change}));
      return refused(1, 'audit', 'verify', '--head', forged);
    };
    const {seq} = JSON.parse(stdout) as {seq: number};
    expect(await attack({seq: seq - 1})).toBe(
      'ratchet: the head proves nothing: it was changed since it was signed, or signed by another key',
    );
    expect(await attack({publicKey: keys['adam']})).toContain('signed by another key');
    expect(await attack({project: 'other'})).toContain('it is of project other, expected post');
    expect(await attack({hash: 7})).toContain('it is no signed head');
    expect(await refused(2, 'audit', 'verify', '--head', path.join(folder, 'gone.json'))).toContain(
      'cannot be read',
    );

    // Somebody with a key of their own, who writes a whole other chain.
    const stranger = new User();
    await stranger.ratchet(['keys', 'create', 'zoe']);
    const theirs = await stranger.ratchet(['audit', 'head', folder]);
    const strange = path.join(folder, 'strange.json');
    writeFileSync(strange, theirs.stdout);
    expect(await refused(1, 'audit', 'verify', '--head', strange)).toMatch(
      /it is signed by key [0-9a-f]{16}, which is neither yours nor of the project's people$/,
    );

    // The chain without its end, head and all: within the store nobody can tell, by the kept head everybody.
    const objects = there.stores.objects;
    const key = (n: number) => `audit/post/${String(n).padStart(12, '0')}.json`;
    for (const n of [seq, seq + 1]) await objects.delete(key(n));
    const before = (await there.stores.audit('post').entry(seq - 1))!;
    await objects.put('audit-head/post.json', JSON.stringify({seq: before.seq, hash: before.hash}));
    expect(await ratchet('audit', 'verify')).toMatchObject({code: 0});
    const cut = await ratchet('audit', 'verify', '--head', head);
    expect({code: cut.code, stdout: cut.stdout}).toEqual({
      code: 1,
      stdout: expect.stringMatching(/entry \d+, the head of .*, is gone: the end was cut off/) as string,
    });
  });
});
