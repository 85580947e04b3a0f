import {randomUUID} from 'node:crypto';
import {link, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {hostname} from 'node:os';
import {setTimeout as delay} from 'node:timers/promises';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {codeOf} from './file-errors.ts';
import {identify, stillRuns, type ProcessIdentity} from '../../host/process-identity.ts';

interface Holder {
  readonly nonce: string;
  readonly host: string;
  readonly process: ProcessIdentity;
}

const HOST = hostname();
/** A lock of another host can only be judged by its age; ours are held for milliseconds. */
const FOREIGN_STALE_MS = 60_000;

/**
 * Runs `work` while no other process of this machine holds the lock file `path`. The lock of a process that died is taken
 * over. Throws Unavailable when a live process keeps it for `patienceMs`.
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>, patienceMs = 30_000): Promise<T> {
  const holder = await acquire(path, Date.now() + patienceMs);
  try {
    return await work();
  } finally {
    await release(path, holder);
  }
}

async function acquire(path: string, deadline: number): Promise<Holder> {
  const holder: Holder = {nonce: randomUUID(), host: HOST, process: identify(process.pid)!};
  // The lock appears whole (link of a written file), so no reader ever meets one whose holder isn't written yet.
  const draft = `${path}.${holder.nonce}.draft`;
  await writeFile(draft, JSON.stringify(holder));
  try {
    for (let pause = 1; ; pause = Math.min(pause * 1.6, 50)) {
      try {
        await link(draft, path);
        return holder;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
      const other = await holderOf(path);
      if (other === 'absent') continue;
      if (other === null || (await isDead(path, other))) {
        await breakLock(path, other, deadline);
        continue;
      }
      if (Date.now() > deadline)
        throw new RatchetError(
          ErrorType.Unavailable,
          `${path} is held by process ${other.process.pid} on ${other.host}: it does not let go; look whether it hangs`,
        );
      await delay(pause * (0.5 + Math.random()));
    }
  } finally {
    await rm(draft, {force: true});
  }
}

async function release(path: string, holder: Holder): Promise<void> {
  const current = await holderOf(path);
  if (current !== 'absent' && current?.nonce === holder.nonce) await rm(path, {force: true});
}

/**
 * Removes a dead process's lock. Two that try at once must not remove the lock which the faster one, or a third, has taken
 * since: so this happens under a lock of its own, named after the dead one's nonce. Only its holder may remove that lock,
 * and the lock it removes cannot change hands meanwhile, for its owner is dead.
 */
async function breakLock(path: string, dead: Holder | null, deadline: number): Promise<void> {
  const breaker = `${path}.${dead?.nonce ?? 'unreadable'}`;
  const holder = await acquire(breaker, deadline);
  try {
    const now = await holderOf(path);
    if (now !== 'absent' && now?.nonce === dead?.nonce) await rm(path, {force: true});
  } finally {
    await release(breaker, holder);
  }
}

/** `null`: there, but unreadable, which only a machine that lost power leaves behind. */
async function holderOf(path: string): Promise<Holder | null | 'absent'> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'absent';
    throw error;
  }
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return null;
  }
}

async function isDead(path: string, holder: Holder): Promise<boolean> {
  if (holder.host !== HOST) {
    const at = await stat(path).catch(() => null);
    return at !== null && Date.now() - at.mtimeMs > FOREIGN_STALE_MS;
  }
  return !stillRuns(holder.process);
}
