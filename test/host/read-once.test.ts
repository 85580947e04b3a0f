import {mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterAll, afterEach, expect, test, vi} from 'vitest';
import {readOnce} from '../../host/read-once.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ratchet-read-once-'));
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(folder, {recursive: true}));

test('calls at once keep one value, and leave no draft', async () => {
  vi.stubEnv('RATCHET_CACHE', path.join(folder, 'cache'));
  const file = path.join(folder, 'model.gguf');
  writeFileSync(file, 'weights');
  const compute = vi.fn(async () => 'digest');
  const calls = Array.from({length: 8}, () => readOnce(file, compute));
  expect(new Set(await Promise.all(calls))).toEqual(new Set(['digest']));
  expect(readdirSync(path.join(folder, 'cache', 'read-once'))).toHaveLength(1);
  compute.mockClear();
  expect(await readOnce(file, compute)).toBe('digest');
  expect(compute).not.toHaveBeenCalled();
});

test('a cache that cannot be written costs time alone', async () => {
  const file = path.join(folder, 'other.gguf');
  writeFileSync(file, 'weights');
  // A file where its folder should be.
  vi.stubEnv('RATCHET_CACHE', file);
  const compute = vi.fn(async () => 'digest');
  expect(await readOnce(file, compute)).toBe('digest');
  expect(await readOnce(file, compute)).toBe('digest');
  expect(compute).toHaveBeenCalledTimes(2);
});
