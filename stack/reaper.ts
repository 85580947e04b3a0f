/**
 * Ends what a supervisor leaves behind: `node reaper.ts JOBS LOG`. It is told of every child on standard input (`+ PID
 * GRACE_MS STARTED_AT`, `- PID`), and when that input ends – the supervisor was killed, too – it ends those that are
 * left, then the training jobs of the folder JOBS, and itself; what it ended it says in the file LOG. It needs no help from the children, so it works for a
 * Temporal server as for our own processes.
 */
import {createInterface} from 'node:readline';
import type {ProcessIdentity} from '../host/process-identity.ts';
import {endAll} from './end-processes.ts';
import {JOB_GRACE_MS, runningJobs} from './jobs.ts';
import {sayIn} from './log-file.ts';

const left = new Map<number, {identity: ProcessIdentity; graceMs: number}>();

// Only the end of the input ends this process: a Ctrl-C in the terminal is the supervisor's to handle.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {});

for await (const line of createInterface({input: process.stdin})) {
  const [what, number, graceMs, startedAt = ''] = line.split(' ');
  const pid = Number(number);
  if (what === '+') left.set(pid, {identity: {pid, startedAt}, graceMs: Number(graceMs)});
  if (what === '-') left.delete(pid);
}
const jobs = runningJobs(process.argv[2] ?? '');
const log = process.argv[3];
if (log !== undefined && left.size > 0)
  sayIn(log)(
    `the supervisor is gone: ending what it left, processes ${[...left.keys(), ...jobs.map(({pid}) => pid)].join(', ')}`,
    {
      level: 'error',
    },
  );
await Promise.all([...left.values()].map(({identity, graceMs}) => endAll([identity], graceMs)));
await endAll(runningJobs(process.argv[2] ?? ''), JOB_GRACE_MS);
