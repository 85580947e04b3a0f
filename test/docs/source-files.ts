import {readdirSync} from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
/** The rooms that hold code, but not the generators of the documentation. */
const ROOMS = [
  'activities',
  'cli',
  'core',
  'host',
  'launcher',
  'models',
  'records',
  'runs',
  'schemas',
  'scripts',
  'serving',
  'stack',
  'telemetry',
  'temporal',
  'threads',
  'stores',
  'trainer',
  'workers',
  'workflows',
];

const OTHERS = ['scripts/docs/', 'scripts/site/'].map((folder) => path.join(ROOT, folder));

/** Absolute paths of all source files that run in production or in development. */
export function sourceFiles(): string[] {
  return ROOMS.flatMap((room) =>
    readdirSync(path.join(ROOT, room), {recursive: true, withFileTypes: true})
      .filter((entry) => entry.isFile() && /\.(ts|js|py)$/.test(entry.name))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => !OTHERS.some((folder) => file.includes(folder))),
  );
}
