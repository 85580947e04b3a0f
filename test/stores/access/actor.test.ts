import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, it, vi} from 'vitest';
import {actor, signingKey} from '../../../stores/access/actor.ts';
import {createKey, type SigningKey} from '../../../stores/access/keys.ts';
import type {ReadYaml} from '../../../stores/access/rules.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ratchet-actor-'));
  vi.stubEnv('XDG_CONFIG_HOME', folder);
  vi.stubEnv('RATCHET_KEY', undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, {recursive: true});
});

/** A ratchet.yaml that names these keys, each under a name. */
function project(named: readonly (readonly [name: string, key: SigningKey])[]): ReadYaml {
  const approvers = named.map(([name, key]) => ({name, key: key.publicText, roles: ['approver']}));
  return {config: {approval: {approvers}}, folder} as unknown as ReadYaml;
}

it('without a key there is nothing to sign with, and who acts is the user', async () => {
  await expect(signingKey(project([]), undefined)).rejects.toThrow('no key to sign with: make one with');
  expect((await actor(project([]))).key).toBe('');
});

it('the only key signs, whether or not the project names it', async () => {
  const key = await createKey('anna');
  expect((await signingKey(project([]), undefined)).id).toBe(key.id);
  expect(await actor(project([]))).toMatchObject({name: `key:${key.id}`, key: key.id});
  expect(await actor(project([['ann', key]]))).toMatchObject({name: 'ann', key: key.id});
});

it('of several keys the one that the project knows signs, and none where it knows two people', async () => {
  const keys = [await createKey('a'), await createKey('b'), await createKey('c')] as const;
  for (const key of keys) expect((await signingKey(project([['ann', key]]), undefined)).id).toBe(key.id);
  const elsewhere = await createKey('d', {XDG_CONFIG_HOME: join(folder, 'elsewhere')});
  const beside = project([
    ['ben', elsewhere],
    ['ann', keys[1]],
  ]);
  expect((await signingKey(beside, undefined)).id).toBe(keys[1].id);
  // Two keys of one person: the one that the project names first.
  const both = project([
    ['ann', keys[2]],
    ['ann', keys[1]],
  ]);
  expect((await signingKey(both, undefined)).id).toBe(keys[2].id);
  const two = project([
    ['ann', keys[0]],
    ['ben', keys[1]],
  ]);
  for (const open of [two, project([])])
    await expect(signingKey(open, undefined)).rejects.toThrow(
      'several keys (a, b, c): say which with --key NAME',
    );
  expect((await signingKey(two, 'b')).id).toBe(keys[1].id);
  vi.stubEnv('RATCHET_KEY', keys[2].path);
  expect((await signingKey(two, undefined)).id).toBe(keys[2].id);
  expect((await signingKey(two, 'b')).id).toBe(keys[1].id);
});

it('an application signs with the key that it gives, under no other key’s ID', async () => {
  const [key, other] = [await createKey('a'), await createKey('b')];
  expect(await actor(project([['ann', key]]), key)).toMatchObject({name: 'ann', signing: key});
  await expect(actor(project([]), {...key, id: other.id})).rejects.toThrow(
    `key: the ID of this private key is ${key.id}, got ${other.id}`,
  );
});
