import {signal, stillRuns} from './process-identity.ts';
import type {ProcessIdentity} from './process-identity.ts';
import {readStack} from './stack-file.ts';

/**
 * Ends the processes that a folder's stack.json names and whose supervisor is gone: each only if it is still the
 * very process that was recorded. Returns the names of those that were still there.
 */
export async function endLeftovers(folder: string, graceMs = 5_000): Promise<string[]> {
  const state = readStack(folder);
  if (!state || stillRuns(state.supervisor)) return [];
  // The reaper may be at it right now; it ends by itself when it has done its work.
  if (state.reaper) await gone([state.reaper], graceMs);
  const left = Object.entries(state.pids).filter(([, identity]) => stillRuns(identity));
  for (const [, identity] of left) signal(identity, 'SIGTERM');
  const identities = left.map(([, identity]) => identity);
  if (!(await gone(identities, graceMs))) {
    for (const identity of identities) signal(identity, 'SIGKILL', true);
    await gone(identities, graceMs);
  }
  return left.map(([name]) => name);
}

/** Waits until none of these processes is there any more; false if one still is after `withinMs`. */
export async function gone(identities: readonly ProcessIdentity[], withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (identities.some(stillRuns)) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}
