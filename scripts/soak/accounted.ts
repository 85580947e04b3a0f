import {setTimeout as delay} from 'node:timers/promises';
import {z} from 'zod';
import type {Stores} from '../../stores/stores.ts';
import type {Accepted} from './load.ts';

const Health = z.object({pending: z.object({traces: z.number(), feedback: z.number()})});
const WRITTEN_WITHIN_MS = 60_000;

/** Waits until the gateway, by its admin address, has nothing left to write. Throws if it still has after a minute. */
export async function written(admin: string): Promise<void> {
  const deadline = Date.now() + WRITTEN_WITHIN_MS;
  for (;;) {
    const {pending} = Health.parse(await (await fetch(`${admin}/healthz`)).json());
    if (pending.traces === 0 && pending.feedback === 0) return;
    if (Date.now() > deadline)
      throw new Error(`the gateway has ${pending.traces} traces and ${pending.feedback} feedback unwritten`);
    await delay(200);
  }
}

/** What was accepted since `from` (ms since the epoch) and is not in the store. */
export async function missing(
  {traces}: Pick<Stores, 'traces'>,
  project: string,
  accepted: Pick<Accepted, 'traces' | 'feedback'>,
  from: number,
): Promise<{readonly traces: string[]; readonly feedback: string[]}> {
  const window = {from, to: Date.now() + 1};
  const left = {traces: new Set(accepted.traces), feedback: new Set(accepted.feedback)};
  for await (const {id} of traces.read(project, window)) left.traces.delete(id);
  for await (const {id} of traces.readFeedback(project, window)) left.feedback.delete(id);
  return {traces: [...left.traces], feedback: [...left.feedback]};
}
