import type {Client} from '@temporalio/client';
import {runNow} from '../client/run-now.ts';
import type {LifecycleProgress} from '../schemas/messages.ts';
import {isAway} from './temporal.ts';

/** Temporal itself may be restarted by its supervisor meanwhile. */
const AWAY_MS = 120_000;

/**
 * A run as it is now, every `everyMs`, until it has ended; that last state is the last that comes. Throws what describe
 * throws: WorkflowNotFoundError for an unknown run, a gRPC error when Temporal was away for two minutes.
 */
export async function* runProgress(
  client: Client,
  runId: string,
  everyMs: number,
): AsyncGenerator<LifecycleProgress, void, undefined> {
  let last: LifecycleProgress | undefined;
  let awaySince: number | undefined;
  for (;;) {
    try {
      const {running, view} = await runNow(client, runId);
      awaySince = undefined;
      last = view ?? last;
      if (last) yield last;
      if (!running) return;
    } catch (error) {
      if (!isAway(error)) throw error;
      awaySince ??= Date.now();
      if (Date.now() - awaySince > AWAY_MS) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
