import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {afterAll, describe, expect, test} from 'vitest';
import {sha256Hex} from '../../../core/identity/digest.ts';
import {sourceFile, sourceSize} from '../../../stores/objects/source-file.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ratchet-source-'));
const file = path.join(folder, 'a.txt');
writeFileSync(file, 'hello');
afterAll(() => rmSync(folder, {recursive: true, force: true}));

const read = async (from: string, sha256?: string): Promise<string> =>
  Buffer.concat(await Array.fromAsync(sourceFile(from, sha256))).toString();

test('a file is read whole, and has a size', async () => {
  expect(await read(file, sha256Hex('hello'))).toBe('hello');
  expect(await sourceSize(file)).toBe(5);
});

test('one that changed meanwhile is refused', async () => {
  await expect(read(file, sha256Hex('other'))).rejects.toMatchObject({type: 'DigestMismatch'});
});

describe.each([
  ['reading', (from: string) => read(from)],
  ['the size', sourceSize],
])('%s', (_, act) => {
  test('of what is not there is the caller’s fault', async () => {
    const gone = path.join(folder, 'gone.txt');
    await expect(act(gone)).rejects.toMatchObject({
      type: 'InvalidInput',
      message: `${gone} does not exist: nothing to store`,
    });
  });

  test('of what cannot be read says why', async () => {
    await expect(act(path.join(file, 'below'))).rejects.not.toMatchObject({
      message: expect.stringContaining('does not exist') as string,
    });
  });
});
