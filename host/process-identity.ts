import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** What the system says about when it started; compared for equality only. '' where the system does not say. */
  readonly startedAt: string;
}

/** The identity of a live process, or undefined if there is none of this number (a zombie counts as gone). */
export function identify(pid: number): ProcessIdentity | undefined {
  if (!isAlive(pid)) return undefined;
  if (process.platform === 'linux') return identifyOnLinux(pid);
  if (process.platform === 'win32') return {pid, startedAt: ''};
  try {
    const startedAt = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {encoding: 'utf8'}).trim();
    return startedAt === '' ? undefined : {pid, startedAt};
  } catch {
    return undefined;
  }
}

/** Is this very process still there? */
export function stillRuns(identity: ProcessIdentity): boolean {
  const now = identify(identity.pid);
  return now !== undefined && now.startedAt === identity.startedAt;
}

/** Signals this very process, never a later one with its number. False if it is gone. */
export function signal(identity: ProcessIdentity, name: NodeJS.Signals, wholeGroup = false): boolean {
  if (!stillRuns(identity)) return false;
  try {
    process.kill(wholeGroup && process.platform !== 'win32' ? -identity.pid : identity.pid, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** proc(5): after the name in parentheses, field 3 is the state and field 22 the start in ticks since boot. */
function identifyOnLinux(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    return {pid, startedAt: `${bootId()}:${fields[19]}`};
  } catch {
    return undefined;
  }
}

let boot: string | undefined;
/** Ticks count from the boot, so the boot is part of the identity. */
function bootId(): string {
  try {
    boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().slice(0, 8);
  } catch {
    boot = 'boot';
  }
  return boot;
}
