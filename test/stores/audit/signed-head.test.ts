import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, beforeEach, expect, it} from 'vitest';
import {SignedHead} from '../../../schemas/access.ts';
import {createKey, type SigningKey} from '../../../stores/access/keys.ts';
import type {AuditChain} from '../../../stores/audit/audit.ts';
import {headAmiss, readHead, signHead} from '../../../stores/audit/signed-head.ts';
import {storesOver} from '../../../stores/stores.ts';
import {MemoryStore} from '../memory-store.ts';

let folder: string;
let [key, other]: SigningKey[] = [];
let chain: AuditChain;
let objects: MemoryStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ratchet-head-'));
  [key, other] = [
    await createKey('anna', {XDG_CONFIG_HOME: folder}),
    await createKey('ben', {XDG_CONFIG_HOME: folder}),
  ];
});
afterAll(() => rm(folder, {recursive: true}));
beforeEach(() => {
  objects = new MemoryStore();
  chain = storesOver(objects).audit('mail');
});
const append = (n: number) => chain.append({kind: 'decision', actor: 'ann', data: {n}});
const read = (head: object, trusted = [key!.id], project = 'mail') =>
  readHead(JSON.stringify(head), project, new Set(trusted));

it('the head of a chain is its last entry, signed, and holds while the chain grows', async () => {
  await append(0);
  const {seq, hash} = await append(1);
  const head = await signHead(chain, key!);
  expect(SignedHead.parse(head)).toMatchObject({project: 'mail', seq, hash, publicKey: key!.publicText});
  expect(read(head)).toEqual(head);
  await append(2);
  expect(await headAmiss(chain, head)).toBeNull();
});

it('an empty chain has no head to sign', async () => {
  await expect(signHead(chain, key!)).rejects.toMatchObject({
    name: 'Unavailable',
    message: 'the audit chain of mail is empty: there is no head to sign yet',
  });
});

it('a head whose entry is gone, or is another one now, says so', async () => {
  await append(0);
  await append(1);
  const head = await signHead(chain, key!);
  expect(await headAmiss(chain, {...head, hash: '0'.repeat(64)})).toMatch(
    /^entry 1 is not the one that was the head at /,
  );
  await objects.delete('audit/mail/000000000001.json');
  expect(await headAmiss(chain, head)).toMatch(/^entry 1, the head of .*, is gone: the end was cut off$/);
});

it('a head of another project, changed, or signed by a key that nobody trusts proves nothing', async () => {
  await append(0);
  const head = await signHead(chain, key!);
  const refused = (why: string) => ({
    name: 'NotPermitted',
    message: expect.stringContaining(`the head proves nothing: ${why}`) as string,
  });
  const failure = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return error;
    }
  };
  expect(failure(() => read({seq: 0}))).toMatchObject(refused('it is no signed head'));
  expect(failure(() => read(head, [key!.id], 'notes'))).toMatchObject(refused('it is of project mail'));
  expect(failure(() => read({...head, seq: 1}))).toMatchObject(refused('it was changed since it was signed'));
  expect(failure(() => read({...head, publicKey: other!.publicText}))).toMatchObject(
    refused('it was changed since it was signed'),
  );
  expect(failure(() => read({...head, publicKey: 'no key'}))).toMatchObject(
    refused('its key is no Ed25519 public key'),
  );
  expect(failure(() => read(head, [other!.id]))).toMatchObject(refused(`it is signed by key ${key!.id}`));
});
