import {execFileSync} from 'node:child_process';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import {hostname, tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {fileError} from '../../../stores/objects/file-errors.ts';
import {withFileLock} from '../../../stores/objects/file-lock.ts';
import {FileStore} from '../../../stores/objects/file-store.ts';
import {openStore} from '../../../stores/objects/open-store.ts';
import {identify} from '../../../host/process-identity.ts';
import {startProcess} from '../child-processes.ts';

let folder: string;
let store: FileStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ratchet-file-store-'));
  store = (await openStore(join(folder, 'store'))) as FileStore;
});
afterEach(() => rm(folder, {recursive: true, force: true}));

test('key a/b is the file a/b, and nothing temporary stays', async () => {
  await store.put('a/b', 'x');
  await store.put('a/c', 'x', {ifNoneMatch: '*'});
  await store.put('a/c', 'y', {ifNoneMatch: '*'});
  expect(await readFile(join(folder, 'store/a/b'), 'utf8')).toBe('x');
  expect((await readdir(join(folder, 'store/a'))).sort()).toEqual(['b', 'c']);
  expect(await readdir(join(folder, 'store/.tmp'))).toEqual([]);
  expect(await readdir(join(folder, 'store/.locks'))).toEqual([]);
});

test('a key cannot be the folder of another, nor a folder a key', async () => {
  await store.put('tree/leaf', 'x');
  const refusal = {
    name: 'InvalidInput',
    message: expect.stringContaining('a key cannot be the folder') as string,
  };
  await expect(store.put('tree/leaf/below', 'y')).rejects.toMatchObject(refusal);
  await expect(store.put('tree', 'y')).rejects.toMatchObject(refusal);
  expect(await store.head('tree')).toBeNull();
  expect(await store.get('tree')).toBeNull();
  expect(await store.stream('tree')).toBeNull();
});

test('what is not there is deleted without a word, in a folder that is not there either', async () => {
  await store.put('tree/leaf', 'x');
  await store.delete('tree/other');
  await store.delete('nowhere/at/all');
  expect(await Array.fromAsync(store.list(''))).toEqual(['tree/leaf']);
  await store.delete('tree/leaf');
  expect(await Array.fromAsync(store.list(''))).toEqual([]);
});

test('a folder is no object that can be deleted', async () => {
  await store.put('tree/leaf', 'x');
  await expect(store.delete('tree')).rejects.toThrow(/store\/tree/);
  expect(await Array.fromAsync(store.list(''))).toEqual(['tree/leaf']);
});

test('a probe sweeps away what died processes left a day ago', async () => {
  await store.put('x', 'x');
  const left = join(folder, 'store/.tmp/4711-left');
  const fresh = join(folder, 'store/.tmp/4711-fresh');
  await writeFile(left, 'half');
  await writeFile(fresh, 'half');
  const hoursAgo = (hours: number): number => (Date.now() - hours * 3_600_000) / 1000;
  await utimes(left, hoursAgo(24.1), hoursAgo(24.1));
  await utimes(fresh, hoursAgo(23.9), hoursAgo(23.9));
  await store.probe();
  expect(await readdir(join(folder, 'store/.tmp'))).toEqual(['4711-fresh']);
});

test('a full disk is one clear line, and what was there stays', async (context) => {
  const small = join(folder, 'small');
  await mkdir(small);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small], {stdio: 'pipe'});
  } catch {
    // Without the right to mount a small disk, /dev/full is as full as one can be.
    context.skip(process.platform !== 'linux', 'neither a small disk nor /dev/full here');
    await store.put('x', 'x');
    const file = await import('node:fs/promises').then(({open}) => open('/dev/full', 'w'));
    const failure = await file.writeFile('x').catch((error: unknown) => error);
    await file.close();
    expect(fileError(failure, 'writing', 'x')).toMatchObject({name: 'DiskFull'});
    return;
  }
  try {
    const full = new FileStore(`file://${small}/store`);
    await full.put('pointer', 'old');
    const big = Buffer.alloc(3 << 20, 1);
    const refusal = {
      name: 'DiskFull',
      retryable: false,
      message: expect.stringContaining('free some') as string,
    };
    await expect(full.put('pointer', big)).rejects.toMatchObject(refusal);
    await expect(full.put('new', big, {ifNoneMatch: '*'})).rejects.toMatchObject(refusal);
    await writeFile(join(folder, 'big'), big);
    await expect(full.putFile('new', join(folder, 'big'))).rejects.toMatchObject(refusal);
    expect(new TextDecoder().decode((await full.get('pointer'))!.bytes)).toBe('old');
    expect(await full.head('new')).toBeNull();
    expect((await full.put('pointer', 'new')).status).toBe('written');
  } finally {
    execFileSync('umount', [small]);
  }
});

test('a folder that may not be written is AccessDenied', async (context) => {
  context.skip(process.getuid?.() === 0, 'root may write anywhere');
  const closed = join(folder, 'closed');
  await mkdir(closed, {mode: 0o500});
  await expect(new FileStore(`file://${closed}/store`).put('x', 'y')).rejects.toMatchObject({
    name: 'AccessDenied',
  });
});

test('a missing source file is said to be missing', async () => {
  await expect(store.putFile('x', join(folder, 'nothing'))).rejects.toThrow(/nothing.*does not exist/);
});

describe('the lock', () => {
  let lock: string;
  beforeEach(() => {
    lock = join(folder, 'lock');
  });
  const dead = ({host = hostname(), ...change}: {host?: string; pid?: number; startedAt?: string}): string =>
    JSON.stringify({nonce: 'n', host, process: {...identify(process.pid), ...change}});

  test('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, (inside += 1));
      await readdir(folder);
      inside -= 1;
    };
    await Promise.all(Array.from({length: 20}, () => withFileLock(lock, work)));
    expect(most).toBe(1);
    expect(await readdir(folder)).not.toContain('lock');
  });

  test('is let go when the work throws', async () => {
    await expect(withFileLock(lock, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await withFileLock(lock, async () => 'next')).toBe('next');
  });

  test('of a live process is waited for, then reported with its pid', async () => {
    const holder = startProcess('hold-lock', [lock]);
    await holder.line();
    const patience = withFileLock(lock, async () => 'in', 50);
    await expect(patience).rejects.toMatchObject({
      name: 'Unavailable',
      message: expect.stringContaining(`${holder.pid}`),
    });
    await holder.kill();
  });

  test('of a killed process is taken over by exactly one of many at a time', async () => {
    const holder = startProcess('hold-lock', [lock]);
    await holder.line();
    await holder.kill();
    expect(await readdir(folder)).toContain('lock');
    let inside = 0;
    const most = await Promise.all(
      Array.from({length: 20}, () =>
        withFileLock(lock, async () => {
          const now = (inside += 1);
          await readdir(folder);
          inside -= 1;
          return now;
        }),
      ),
    );
    expect(most).toEqual(Array(20).fill(1));
    expect((await readdir(folder)).filter((name) => name.startsWith('lock'))).toEqual([]);
  });

  test.each([
    ['of a process whose pid another one has now', dead({startedAt: 'before'})],
    ['of a process that is gone', dead({pid: 2 ** 22 + 1})],
    ['that lost its content when the power went', ''],
  ])('%s is taken over', async (_, content) => {
    await writeFile(lock, content);
    expect(await withFileLock(lock, async () => 'in', 50)).toBe('in');
  });

  test('of another host is kept while it is young, taken over when it is old', async () => {
    await writeFile(lock, dead({host: 'elsewhere'}));
    await expect(withFileLock(lock, async () => 'in', 50)).rejects.toMatchObject({name: 'Unavailable'});
    const old = (Date.now() - 120_000) / 1000;
    await utimes(lock, old, old);
    expect(await withFileLock(lock, async () => 'in', 50)).toBe('in');
  });
});

test('a store behind a symbolic link is one store', async () => {
  await store.put('x', '1');
  await symlink(join(folder, 'store'), join(folder, 'link'));
  const other = await openStore(join(folder, 'link'));
  expect((await other.put('x', '2', {ifNoneMatch: '*'})).status).toBe('refused');
});

test.each(['', 'store', 'http://x/y', 'file://host/x', 's3:/x'])('"%s" is no store', async (url) => {
  await expect(openStore(url)).rejects.toMatchObject({name: 'InvalidInput'});
});

describe('the rights of what is written', () => {
  /** Modes of all that lies in a folder, itself as '.'. */
  async function modes(root: string): Promise<Record<string, string>> {
    const names: string[] = await readdir(root, {recursive: true});
    const rights = async (name: string) => ((await stat(join(root, name))).mode & 0o777).toString(8);
    const all = ['.', ...names].map(async (name) => [name, await rights(name)] as const);
    return Object.fromEntries(await Promise.all(all));
  }
  /** Everything that writes; locks and drafts are gone when it has ended, their folders stay. */
  async function written(root: string): Promise<Record<string, string>> {
    const store = new FileStore(pathToFileURL(root).href);
    await store.put('a/created', 'x', {ifNoneMatch: '*'});
    await store.put('a/plain', 'x');
    const source = join(dirname(root), 'source');
    await writeFile(source, 'x');
    await store.putFile('b/c/file', source);
    return modes(root);
  }
  let former: number;
  beforeEach(() => (former = process.umask(0)));
  afterEach(() => void process.umask(former));

  test('are the owner’s alone, whatever the umask', async () => {
    expect(await written(join(folder, 'own'))).toEqual({
      '.': '700',
      '.tmp': '700',
      '.locks': '700',
      a: '700',
      b: '700',
      'b/c': '700',
      'a/created': '600',
      'a/plain': '600',
      'b/c/file': '600',
    });
  });

  test('are the group’s, too, where the operator opened the folder to it', async () => {
    process.umask(0o077);
    const root = join(folder, 'shared');
    await mkdir(root);
    await chmod(root, 0o770);
    expect(await written(root)).toEqual({
      '.': '770',
      '.tmp': '770',
      '.locks': '770',
      a: '770',
      b: '770',
      'b/c': '770',
      'a/created': '660',
      'a/plain': '660',
      'b/c/file': '660',
    });
  });

  test('are the group’s whatever others may do there', async () => {
    process.umask(0o077);
    const root = join(folder, 'open');
    await mkdir(root);
    await chmod(root, 0o775);
    expect(await written(root)).toMatchObject({'a/plain': '660', b: '770'});
  });

  test.each([
    ['755', '750'],
    ['704', '700'],
    ['701', '700'],
    ['770', '770'],
  ])('of a store, %s, are taken from others by a probe: %s', async (mode, left) => {
    const root = join(folder, 'old');
    await mkdir(root, {mode: Number.parseInt(mode, 8)});
    await new FileStore(pathToFileURL(root).href).probe();
    expect((await modes(root))['.']).toBe(left);
  });
});
