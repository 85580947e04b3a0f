import {readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {setPriority} from 'node:os';

/**
 * On a gateway's one core, threads that nobody waits for would take it for milliseconds at a time from the one that answers.
 * Linux gives each thread a priority of its own, a thread's id being as good as a process's to setpriority(2), and allows
 * everybody to lower it. Elsewhere, and where /proc cannot be read, nothing changes.
 */

/** Niceness. Still a third of a core that is never idle: what it writes keeps up at full load. */
const TRACES = 3;
/** A tenth, each. With much less it does not keep up at full load, and the heap grows. */
const COLLECTOR = 10;

/** Of the thread that calls. */
export function yieldToRequests(): void {
  quietly(() => setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), TRACES));
}

/** Of V8's own threads, which mark what is in use and compile: Node names them from version 24 on. */
export function collectorYieldsToRequests(): void {
  quietly(() => {
    for (const id of readdirSync('/proc/self/task'))
      if (readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim() === 'V8Worker')
        setPriority(Number(id), COLLECTOR);
  });
}

/** A container may forbid it: then requests wait a little longer now and then. */
function quietly(change: () => void): void {
  try {
    change();
  } catch {
    // As it was.
  }
}
