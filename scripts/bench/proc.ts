import {existsSync, readdirSync, readFileSync} from 'node:fs';

/** USER_HZ: 100 ticks a second on every machine that Node runs on. */
const TICKS = 100;

/** CPU seconds, user and system together, to 10 ms. */
export interface ProcessCpu {
  /** The process's own, all its threads. */
  readonly own: number;
  /** Its children's and their children's, of those that have ended and were waited for. */
  readonly children: number;
}

/** A figure, or why there is none. */
export type Measured = number | `inconclusive: ${string}`;

export const NO_PROC: Measured = 'inconclusive: it is read from /proc, which this system does not have';

/** proc(5), /proc/PID/stat: fields 14 to 17, after the name in parentheses, which may hold anything. */
export function parseCpu(stat: string): ProcessCpu {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system, childUser, childSystem] = fields.slice(11, 15).map(Number);
  return {own: (user! + system!) / TICKS, children: (childUser! + childSystem!) / TICKS};
}

/** proc(5), /proc/PID/status: the largest resident memory that the process ever had, in MB (10⁶ bytes). */
export function parsePeakMb(status: string): number | undefined {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kib === undefined ? undefined : Math.round((Number(kib) * 1024) / 1e5) / 10;
}

/** Undefined where there is no /proc or no such process. */
export function cpuOf(pid: number | 'self'): ProcessCpu | undefined {
  const stat = read(pid, 'stat');
  return stat === undefined ? undefined : parseCpu(stat);
}

/** Undefined where there is no /proc, no such process, or one that has just ended. */
export function peakMbOf(pid: number): number | undefined {
  const status = read(pid, 'status');
  return status === undefined ? undefined : parsePeakMb(status);
}

/** proc(5), /proc/PID/status: resident memory now, in MB (10⁶ bytes). Undefined as above. */
export function residentMbOf(pid: number): number | undefined {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(read(pid, 'status') ?? '')?.[1];
  return kib === undefined ? undefined : (Number(kib) * 1024) / 1e6;
}

/** proc(5), /proc/PID/smaps_rollup: its own memory and its share of what it shares, in MB (10⁶ bytes). Undefined as above. */
export function proportionalMbOf(pid: number): number | undefined {
  const kib = /^Pss:\s+(\d+) kB$/m.exec(read(pid, 'smaps_rollup') ?? '')?.[1];
  return kib === undefined ? undefined : (Number(kib) * 1024) / 1e6;
}

/** The processes that a process has begun and that are there; none where there is no /proc. */
export function childrenOf(pid: number): number[] {
  const all = existsSync('/proc') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  return all.map(Number).filter((one) => parseParent(read(one, 'stat')) === pid);
}

/** proc(5), /proc/PID/stat: field 4. */
function parseParent(stat: string | undefined): number | undefined {
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** Open files, sockets and pipes of a process. Undefined as above. */
export function handlesOf(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return undefined;
  }
}

function read(pid: number | 'self', file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
