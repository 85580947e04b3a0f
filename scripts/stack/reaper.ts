/**
 * Ends what a supervisor leaves behind. It is told of every child on standard input (`+ PID GRACE_MS STARTED_AT`,
 * `- PID`), and when that input ends – the supervisor was killed, too – it ends those that are left, and itself.
 * It needs no help from the children, so it works for a Temporal server as for our own processes.
 */
import {createInterface} from 'node:readline';
import {signal, stillRuns} from './process-identity.ts';
import type {ProcessIdentity} from './process-identity.ts';

const left = new Map<number, {identity: ProcessIdentity; graceMs: number}>();

// Only the end of the input ends this process: a Ctrl-C in the terminal is the supervisor's to handle.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {});

for await (const line of createInterface({input: process.stdin})) {
  const [what, pid, graceMs, startedAt] = line.split(' ');
  if (what === '+')
    left.set(Number(pid), {
      identity: {pid: Number(pid), startedAt: startedAt ?? ''},
      graceMs: Number(graceMs),
    });
  if (what === '-') left.delete(Number(pid));
}
await Promise.all([...left.values()].map(({identity, graceMs}) => end(identity, graceMs)));

async function end(identity: ProcessIdentity, graceMs: number): Promise<void> {
  signal(identity, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (stillRuns(identity) && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 50));
  signal(identity, 'SIGKILL', true);
}
