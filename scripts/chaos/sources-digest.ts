import {readdir, readFile} from 'node:fs/promises';
import path from 'node:path';
import {sha256Hex} from '../../core/identity/digest.ts';
import {CODE_ROOT} from '../../stack/own-program.ts';

/** What a run's processes are made of. */
const ROOMS = [
  'schemas',
  'core',
  'workflows',
  'activities',
  'stores',
  'models',
  'host',
  'temporal',
  'serving',
  'telemetry',
  'threads',
  'workers',
  'trainer',
];

/** sha256 over the names and contents of all sources that a run executes: results of other code say nothing about this one. */
export async function sourcesDigest(): Promise<string> {
  const parts: string[] = [];
  for (const room of ROOMS) {
    const entries = await readdir(path.join(CODE_ROOT, room), {recursive: true, withFileTypes: true});
    const files = entries
      .filter((entry) => entry.isFile() && /\.(ts|js|py|txt)$/.test(entry.name))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort();
    for (const file of files) parts.push(path.relative(CODE_ROOT, file), await readFile(file, 'utf8'));
  }
  return sha256Hex(parts.join('\0'));
}
