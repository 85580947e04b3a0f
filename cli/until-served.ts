import {setTimeout as delay} from 'node:timers/promises';
import {z} from 'zod';
import {liveStack} from '../stack/live-stack.ts';
import type {Project} from '../stack/project-file.ts';

const Health = z.object({
  deployment: z.object({seq: z.number()}).nullable(),
  refused: z.string().nullable(),
});

const EVERY_MS = 250;
const WITHIN_MS = 30_000;

/**
 * Waits until the gateway of the project's stack on this machine has taken over move `seq` of the deployment, or a later one:
 * it does once the adapters are loaded. One line that says why it has not after `withinMs`; null where it has, where no such
 * stack is up, and where its port for operators does not tell (the project has keys).
 */
export async function untilServed(
  {folder, store, config}: Pick<Project, 'folder' | 'store' | 'config'>,
  seq: number,
  {withinMs = WITHIN_MS}: {readonly withinMs?: number} = {},
): Promise<string | null> {
  const live = liveStack(folder);
  if (live?.admin === undefined || live.project !== config.project || live.store !== store) return null;
  const until = Date.now() + withinMs;
  for (;;) {
    const health = await healthOf(live.admin);
    if (health === null || (health.deployment?.seq ?? -1) >= seq) return null;
    if (Date.now() >= until)
      return `${live.gateway} does not answer by it yet: ${health.refused ?? 'it has not taken it over'}`;
    await delay(EVERY_MS);
  }
}

async function healthOf(admin: string): Promise<z.infer<typeof Health> | null> {
  try {
    const answer = await fetch(`${admin}/healthz`, {signal: AbortSignal.timeout(5000)});
    return Health.safeParse(await answer.json()).data ?? null;
  } catch {
    return null;
  }
}
