// @ts-check
import {randomBytes} from 'node:crypto';
import {mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import {hostname} from 'node:os';
import {dirname, join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';

/**
 * A lock is a folder with the holder's record in it. It is put in place by renaming a prepared folder, which fails
 * where a non-empty one is: so a lock never exists without its holder's record, on any file system.
 *
 * A stale lock, its holder gone, is taken over. Two launchers may see that at the same time; the one that
 * removes it must hold a second lock, named after the stale one's token, and look again. A token never
 * comes back, so a live lock is never removed by mistake.
 *
 * @typedef {{pid: number, host: string, started: string | undefined, token: string}} Holder
 */

const POLL_MS = 200;
const BEAT_MS = 10_000;
/** A holder on another machine (a shared home folder) cannot be asked; it counts as gone after this silence. */
const SILENT_MS = 120_000;

/** @type {Map<string, string>} path → token of the locks that this process holds */
const held = new Map();

/**
 * Holds the lock at `path` while `work` runs.
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @param {{onWait?: (holder: Holder) => void}} [options] called once, when another process is found to hold it
 * @returns {Promise<T>}
 */
export async function withLock(path, work, options = {}) {
  const token = await acquire(path, options.onWait);
  const beat = setInterval(() => touch(path), BEAT_MS);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    release(path, token);
  }
}

/** Gives back everything this process holds; for the way out on a signal. */
export function releaseAllLocks() {
  for (const [path, token] of held) release(path, token);
}

/**
 * @param {string} path
 * @param {((holder: Holder) => void) | undefined} onWait
 * @returns {Promise<string>}
 */
async function acquire(path, onWait) {
  const token = randomBytes(8).toString('hex');
  let told = false;
  for (;;) {
    if (tryToPlace(path, token)) {
      held.set(path, token);
      return token;
    }
    const holder = readHolder(path);
    if (holder === undefined ? isBroken(path) : isGone(holder, path)) {
      await withLock(`${path}.${holder?.token ?? 'broken'}`, async () => {
        if (readHolder(path)?.token === holder?.token) remove(path);
      });
      continue;
    }
    if (holder !== undefined && !told) {
      told = true;
      onWait?.(holder);
    }
    await delay(holder === undefined ? 10 : POLL_MS);
  }
}

/**
 * @param {string} path
 * @param {string} token
 */
function tryToPlace(path, token) {
  const prepared = `${path}.${token}.new`;
  mkdirSync(prepared, {recursive: true});
  /** @type {Holder} */
  const holder = {pid: process.pid, host: hostname(), started: startOf(process.pid), token};
  writeFileSync(join(prepared, 'holder.json'), JSON.stringify(holder));
  try {
    renameSync(prepared, path);
    return true;
  } catch (error) {
    rmSync(prepared, {recursive: true, force: true});
    const code = /** @type {NodeJS.ErrnoException} */ (error).code ?? '';
    if (['ENOTEMPTY', 'EEXIST', 'EPERM', 'ENOTDIR'].includes(code) && exists(path)) return false;
    if (['ENOTEMPTY', 'EEXIST'].includes(code)) return false;
    throw error;
  }
}

/**
 * @param {string} path
 * @param {string} token
 */
function release(path, token) {
  held.delete(path);
  if (readHolder(path)?.token === token) remove(path);
}

/**
 * Moved aside first, so that nobody sees a half-removed lock.
 * @param {string} path
 */
function remove(path) {
  const aside = `${path}.${randomBytes(8).toString('hex')}.old`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  rmSync(aside, {recursive: true, force: true});
}

/**
 * @param {string} path
 * @returns {Holder | undefined}
 */
function readHolder(path) {
  try {
    return JSON.parse(readFileSync(join(path, 'holder.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * @param {Holder} holder
 * @param {string} path
 */
function isGone(holder, path) {
  if (holder.host !== hostname()) {
    try {
      return Date.now() - statSync(join(path, 'holder.json')).mtimeMs > SILENT_MS;
    } catch {
      return false;
    }
  }
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH';
  }
  // The number may have been given to another process since.
  const started = startOf(holder.pid);
  return started !== undefined && holder.started !== undefined && started !== holder.started;
}

/**
 * A lock whose record cannot be read, and not for being given back this moment: a crash of the whole machine.
 * @param {string} path
 */
function isBroken(path) {
  try {
    return Date.now() - statSync(path).mtimeMs > BEAT_MS;
  } catch {
    return false;
  }
}

/**
 * When a process started, in the kernel's ticks since boot; undefined where there is no /proc.
 * @param {number} pid
 */
function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** @param {string} path */
function touch(path) {
  try {
    const now = new Date();
    utimesSync(join(path, 'holder.json'), now, now);
  } catch {
    // Given back already.
  }
}

/** @param {string} path */
function exists(path) {
  try {
    return statSync(path) !== undefined;
  } catch {
    return false;
  }
}

/**
 * @param {string} cache
 * @param {string} name
 */
export function lockPath(cache, name) {
  const path = join(cache, 'locks', `${name}.lock`);
  mkdirSync(dirname(path), {recursive: true});
  return path;
}
