import type * as fs from 'node:fs/promises';
import {link, mkdtemp, readdir, rm, utimes, writeFile} from 'node:fs/promises';
import {hostname, tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {identify} from '../../../host/process-identity.ts';
import {withFileLock} from '../../../stores/objects/file-lock.ts';

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  return {...real, link: vi.fn(real.link)};
});

let folder: string;
let lock: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ratchet-file-lock-'));
  lock = join(folder, 'lock');
});
afterEach(() => rm(folder, {recursive: true, force: true}));

const heldBy = (host: string, pid = process.pid): string =>
  JSON.stringify({nonce: 'n', host, process: {...identify(process.pid), pid}});

test('one that its holder lets go right behind the attempt is taken at once, however short the patience', async () => {
  vi.mocked(link).mockRejectedValueOnce(Object.assign(new Error('there is one'), {code: 'EEXIST'}));
  expect(await withFileLock(lock, async () => 'in', -1)).toBe('in');
  expect(await readdir(folder)).toEqual([]);
});

test('one that its holder lets go within the patience is taken then', async () => {
  const gate = Promise.withResolvers<string>();
  const inside = Promise.withResolvers<void>();
  const first = withFileLock(lock, () => {
    inside.resolve();
    return gate.promise;
  });
  await inside.promise;
  const before = vi.mocked(link).mock.calls.length;
  const second = withFileLock(lock, async () => 'second', 60_000).catch(({name}: Error) => name);
  await vi.waitFor(() => expect(vi.mocked(link).mock.calls.length).toBeGreaterThan(before + 2), 5_000);
  gate.resolve('first');
  expect(await Promise.all([first, second])).toEqual(['first', 'second']);
});

test('what else goes wrong is thrown, and leaves no draft', async () => {
  vi.mocked(link).mockRejectedValueOnce(Object.assign(new Error('no'), {code: 'EPERM'}));
  await expect(withFileLock(lock, async () => 'in')).rejects.toMatchObject({code: 'EPERM'});
  expect(await readdir(folder)).toEqual([]);
});

test('who holds it on which machine is said when the patience is over', async () => {
  await writeFile(lock, heldBy('elsewhere', 4711));
  await expect(withFileLock(lock, async () => 'in', 20)).rejects.toMatchObject({
    name: 'Unavailable',
    message: `${lock} is held by process 4711 on elsewhere: it does not let go; look whether it hangs`,
  });
  expect(await readdir(folder)).toEqual(['lock']);
});

test.each([
  ['less than a minute', 50, false],
  ['more than a minute', 61, true],
])('of another machine, %s old, is taken over: %i s, %o', async (_, seconds, taken) => {
  await writeFile(lock, heldBy('elsewhere'));
  const at = Date.now() / 1000 - seconds;
  await utimes(lock, at, at);
  const outcome = withFileLock(lock, async () => 'in', 20).catch(({name}: Error) => name);
  expect(await outcome).toBe(taken ? 'in' : 'Unavailable');
});

test('of a live process of this machine is not taken over, however old', async () => {
  await writeFile(lock, heldBy(hostname()));
  await utimes(lock, 0, 0);
  await expect(withFileLock(lock, async () => 'in', 20)).rejects.toMatchObject({name: 'Unavailable'});
});

test.each([
  ['that somebody else holds', heldBy(hostname())],
  ['that nobody can read', ''],
])('%s when the work is done stays', async (_, content) => {
  expect(await withFileLock(lock, () => writeFile(lock, content).then(() => 'done'))).toBe('done');
  expect(await readdir(folder)).toEqual(['lock']);
});
