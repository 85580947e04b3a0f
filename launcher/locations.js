// @ts-check
import {existsSync, readFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {dirname, join, resolve, sep} from 'node:path';
import {fileURLToPath} from 'node:url';

const NAME = 'ratchet-llmops';

/** The folder of Ratchet's own package.json: the checkout, or the installed package. */
export const PACKAGE_ROOT = findPackageRoot(dirname(fileURLToPath(import.meta.url)));

/** A checkout has the lock of its packages and TypeScript sources; an installed package has neither. */
export function isCheckout(root = PACKAGE_ROOT) {
  return existsSync(join(root, 'package-lock.json')) && !root.split(sep).includes('node_modules');
}

/**
 * The user's cache, shared by all projects and clones: RATCHET_CACHE, else $XDG_CACHE_HOME/ratchet,
 * else ~/.cache/ratchet.
 * @param {NodeJS.ProcessEnv} env
 */
export function cacheRoot(env) {
  if (env['RATCHET_CACHE']) return resolve(env['RATCHET_CACHE']);
  if (env['XDG_CACHE_HOME']) return resolve(env['XDG_CACHE_HOME'], 'ratchet');
  return join(env['HOME'] || homedir(), '.cache', 'ratchet');
}

/** @param {string} start */
function findPackageRoot(start) {
  for (let folder = start; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === NAME) return folder;
    if (dirname(folder) === folder) throw new Error(`no package.json of ${NAME} above ${start}`);
  }
}
