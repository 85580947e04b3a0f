import {spawn} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import {identify} from '../host/process-identity.ts';
import type {ProcessIdentity} from '../host/process-identity.ts';
import {ownProgram} from './own-program.ts';

/** The supervisor's side of the reaper: it is started before the first child, and again should it be killed. */
export interface Reaper {
  identity(): ProcessIdentity | undefined;
  /** To be called in the same turn as the spawn. */
  watch(identity: ProcessIdentity, graceMs: number): void;
  forget(pid: number): void;
  /** Lets it end whatever is still watched, and the training jobs, and itself. Resolves when it has. */
  close(): Promise<void>;
}

/** `jobs`: the folder of the training jobs; `log`: where it says what it ended of a supervisor that was killed. */
export function startReaper(jobs: string, log: string): Reaper {
  const watched = new Map<number, string>();
  let child: ChildProcess;
  let closed = false;
  const start = () => {
    child = spawn(process.execPath, [ownProgram('stack/reaper'), jobs, log], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    child.stdin?.on('error', () => {});
    child.unref();
    child.once('exit', () => {
      if (!closed) start();
    });
    for (const line of watched.values()) child.stdin?.write(line);
  };
  start();
  return {
    identity: () => (child.pid === undefined ? undefined : identify(child.pid)),
    watch(identity, graceMs) {
      const line = `+ ${identity.pid} ${graceMs} ${identity.startedAt}\n`;
      watched.set(identity.pid, line);
      child.stdin?.write(line);
    },
    forget(pid) {
      if (watched.delete(pid)) child.stdin?.write(`- ${pid}\n`);
    },
    async close() {
      closed = true;
      const over = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.ref();
      child.stdin?.end();
      await over;
    },
  };
}
