import {signal, stillRuns} from '../host/process-identity.ts';
import type {ProcessIdentity} from '../host/process-identity.ts';

/** SIGTERM to each process, and SIGKILL to the whole group of those that are still there after `graceMs`. */
export async function endAll(identities: readonly ProcessIdentity[], graceMs: number): Promise<void> {
  for (const identity of identities) signal(identity, 'SIGTERM');
  if (await gone(identities, graceMs)) return;
  for (const identity of identities) signal(identity, 'SIGKILL', true);
  await gone(identities, 5_000);
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
