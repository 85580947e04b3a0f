import {chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {generateKeyPairSync} from 'node:crypto';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {
  createKey,
  createOfflineKey,
  keyFolder,
  listKeys,
  loadKey,
  readPublicKey,
  resolveApprovers,
} from '../../../stores/access/keys.ts';

let folder: string;
let env: Record<string, string>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ratchet-keys-'));
  env = {XDG_CONFIG_HOME: folder};
});
afterEach(() => rm(folder, {recursive: true}));

describe('a key', () => {
  it('is PKCS#8 PEM, readable by its owner only, in the configuration folder', async () => {
    const key = await createKey('anna', env);
    expect(key.path).toBe(join(folder, 'ratchet', 'keys', 'anna.pem'));
    expect((await stat(key.path)).mode & 0o777).toBe(0o600);
    expect((await stat(keyFolder(env))).mode & 0o777).toBe(0o700);
    expect(await readFile(key.path, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(key.publicText).toMatch(/^ed25519:[A-Za-z0-9+/]{43}=$/);
    const loaded = await loadKey('anna', env);
    expect([loaded.id, loaded.publicText, loaded.publicPem]).toEqual([key.id, key.publicText, key.publicPem]);
    expect(await listKeys(env)).toEqual(['anna']);
  });

  it('is never overwritten', async () => {
    await createKey('anna', env);
    await expect(createKey('anna', env)).rejects.toThrow('is there already: a key is never overwritten');
  });

  it('kept offline needs a folder that is there, and a place that is free', async () => {
    const file = join(folder, 'medium', 'root.pem');
    await expect(createOfflineKey('root', file)).rejects.toThrow(
      `${join(folder, 'medium')} is not there: make it, or mount the medium`,
    );
    await mkdir(join(folder, 'medium'));
    const {path, id} = await createOfflineKey('root', file);
    expect([path, (await loadKey('root', {RATCHET_KEY: file})).id]).toEqual([file, id]);
    await expect(createOfflineKey('root', file)).rejects.toThrow(`${file} is there already`);
    await expect(createOfflineKey('../root', join(folder, 'medium', 'x.pem'))).rejects.toThrow(
      '"../root" is not a key name',
    );
    // Whatever else keeps it from being written is no key that is there.
    await expect(createOfflineKey('root', join(file, 'x.pem'))).rejects.toMatchObject({code: 'ENOTDIR'});
  });

  it('that others can read is refused, with the command that mends it', async () => {
    const {path} = await createKey('anna', env);
    await chmod(path, 0o644);
    await expect(loadKey('anna', env)).rejects.toThrow(
      `${path} has mode 0644: others can read a private key; run: chmod 600`,
    );
  });

  it('is found by RATCHET_KEY before any name', async () => {
    const {path, id} = await createKey('anna', env);
    const loaded = await loadKey('somebody', {XDG_CONFIG_HOME: join(folder, 'nowhere'), RATCHET_KEY: path});
    expect([loaded.id, loaded.name]).toEqual([id, 'anna']);
  });

  it('that is missing, or no Ed25519 key, is one clear line', async () => {
    await expect(loadKey('ben', env)).rejects.toThrow('make one with "ratchet keys create ben"');
    const path = join(folder, 'x.pem');
    await writeFile(path, 'hello', {mode: 0o600});
    await expect(loadKey('x', {RATCHET_KEY: path})).rejects.toThrow(`${path} holds no private key`);
    const {privateKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
    await writeFile(path, privateKey.export({type: 'pkcs8', format: 'pem'}), {mode: 0o600});
    await expect(loadKey('x', {RATCHET_KEY: path})).rejects.toThrow('expected an Ed25519 key, got ec');
    await expect(loadKey('../x', env)).rejects.toThrow('"../x" is not a key name');
    expect(await listKeys({XDG_CONFIG_HOME: join(folder, 'nowhere')})).toEqual([]);
  });
});

describe('the approvers of a project', () => {
  it('are read inline and from PEM files beside the YAML, to the same key', async () => {
    const key = await createKey('anna', env);
    await writeFile(join(folder, 'anna.pub.pem'), key.publicPem);
    const roles = ['approver' as const];
    const [inline] = await resolveApprovers([{name: 'anna', key: key.publicText, roles}], '/elsewhere');
    const [fromFile] = await resolveApprovers([{name: 'anna', key: 'file:anna.pub.pem', roles}], folder);
    expect(inline).toEqual(fromFile);
    expect(inline).toMatchObject({name: 'anna', id: key.id, roles});
  });

  it('must have public keys that can be read, one name each', async () => {
    const key = await createKey('anna', env);
    const roles = ['approver' as const];
    await expect(resolveApprovers([{name: 'ben', key: 'file:ben.pem', roles}], folder)).rejects.toThrow(
      `approval.approvers: key of ben: cannot read ${join(folder, 'ben.pem')} (ENOENT)`,
    );
    await expect(resolveApprovers([{name: 'anna', key: `file:${key.path}`, roles}], folder)).rejects.toThrow(
      'is a private key: expected the public one',
    );
    expect(() => readPublicKey('ed25519:AAAA', 'here')).toThrow('here is no Ed25519 public key');
    await expect(
      resolveApprovers(
        [
          {name: 'anna', key: key.publicText, roles},
          {name: 'ben', key: key.publicText, roles},
        ],
        folder,
      ),
    ).rejects.toThrow('key of ben is also the key of anna: one key, one name');
  });
});
