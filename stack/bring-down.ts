import {gone} from './end-processes.ts';
import {endLeftovers} from './leftovers.ts';
import {signal} from '../host/process-identity.ts';
import {readStack} from './stack-file.ts';
import type {StackState} from './stack-file.ts';
import {liveStack} from './live-stack.ts';

/** Longer than the graces of one chain of parts together. */
const STOP_WITHIN_MS = 90_000;

/**
 * Ends the stack of a folder: its supervisor stops the parts in their order; what a killed one left is ended, too.
 * Returns what was there, or undefined if nothing was.
 */
export async function bringDown(
  folder: string,
  say: (line: string) => void,
): Promise<StackState | undefined> {
  const live = liveStack(folder);
  if (!live) {
    const former = readStack(folder);
    const left = await endLeftovers(folder);
    for (const name of left) say(`  ${name} was left behind: ended`);
    return left.length > 0 ? former : undefined;
  }
  signal(live.supervisor, 'SIGTERM');
  const told = new Set<string>();
  const tell = () => {
    for (const [name, part] of Object.entries(readStack(folder)?.parts ?? {}))
      if (part.status === 'stopped' && !told.has(name)) {
        told.add(name);
        say(`  ${name} stopped`);
      }
  };
  const deadline = Date.now() + STOP_WITHIN_MS;
  while (Date.now() < deadline && !(await gone([live.supervisor], 150))) tell();
  tell();
  // A supervisor that hangs is killed; its reaper ends the parts, and this waits for them.
  if (signal(live.supervisor, 'SIGKILL')) await gone([live.supervisor], 5_000);
  await endLeftovers(folder, 20_000);
  return live;
}
