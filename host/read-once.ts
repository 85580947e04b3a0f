import {randomUUID} from 'node:crypto';
import {mkdir, readFile, rename, stat, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {sha256Hex} from '../core/identity/digest.ts';

/** The user's cache: RATCHET_CACHE, else $XDG_CACHE_HOME/ratchet, else ~/.cache/ratchet. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return (
    env['RATCHET_CACHE'] || path.join(env['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache'), 'ratchet')
  );
}

/**
 * Something computed from a large file, kept in the user's cache for as long as the file's size and time of change stay. Where
 * the cache cannot be written, as in a container with a read-only disk, it is computed each time.
 */
export async function readOnce(file: string, compute: () => Promise<string>): Promise<string> {
  const {size, mtimeMs} = await stat(file);
  const kept = path.join(cacheFolder(), 'read-once', sha256Hex(`${path.resolve(file)} ${size} ${mtimeMs}`));
  const known = await readFile(kept, 'utf8').catch(() => null);
  if (known) return known;
  const value = await compute();
  await keep(kept, value).catch(() => undefined);
  return value;
}

async function keep(file: string, value: string): Promise<void> {
  await mkdir(path.dirname(file), {recursive: true});
  // Two calls of one process may compute it at once.
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, value);
  await rename(draft, file);
}
