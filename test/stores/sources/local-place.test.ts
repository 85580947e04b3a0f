import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {localPlace} from '../../../stores/sources/local-place.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ratchet-place-'));
  for (const name of ['a.txt', 'b.txt']) await writeFile(path.join(folder, name), `text of ${name}`);
});
afterEach(() => rm(folder, {recursive: true}));

test('files are listed by name, and read whole, in part, or up to a limit', async () => {
  const place = localPlace('file:*.txt', path.join(folder, '*.txt'));
  expect(await place.files()).toEqual(['a.txt', 'b.txt']);
  expect(await place.size('b.txt')).toBe(13);
  expect(Buffer.from(await place.bytes('b.txt', 4)).toString()).toBe('text');
  const part = Buffer.concat(await Array.fromAsync(place.stream('b.txt', 5, 7)));
  expect(part.toString()).toBe('of');
});

test('a folder that is not there holds no file', async () => {
  expect(await localPlace('file:no/*', path.join(folder, 'no', '*')).files()).toEqual([]);
  expect(await localPlace('file:no', path.join(folder, 'a.txt', 'no')).files()).toEqual([]);
});

test.each(['*.txt', 'a.txt'])(
  'a file of %s that is gone since it was listed is said to be',
  async (pattern) => {
    const place = localPlace(`file:${pattern}`, path.join(folder, pattern));
    expect(await place.files()).toContain('a.txt');
    await rm(path.join(folder, 'a.txt'));
    const gone = {
      type: 'InvalidInput',
      message: expect.stringMatching(/a\.txt is gone: it was there when the sources were listed$/) as string,
    };
    await expect(place.size('a.txt')).rejects.toMatchObject(gone);
    await expect(place.bytes('a.txt', 100)).rejects.toMatchObject(gone);
    await expect(Array.fromAsync(place.stream('a.txt'))).rejects.toMatchObject(gone);
  },
);
