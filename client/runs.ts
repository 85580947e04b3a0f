import type {Client} from '@temporalio/client';
import type {LifecycleProgress} from '../schemas/messages.ts';
import {isAway} from './away.ts';
import {runNow, type RunNow} from './run-now.ts';

/** Temporal itself may be restarted meanwhile. */
const AWAY_MS = 120_000;

/**
 * The runs of projects as Temporal knows them, for a page or a bot of your own.
 *
 * @example
 * const runs = new RunsClient({client});
 * for await (const {stages} of runs.follow('lifecycle/tickets/20261130T150018Z-k3f9qa'))
 *   console.log(stages.map(({stage, status}) => `${stage} ${status}`).join(', '));
 */
export class RunsClient {
  readonly #client: Client;

  constructor({client}: {readonly client: Client}) {
    this.#client = client;
  }

  /** Throws WorkflowNotFoundError for an unknown run, a gRPC error where Temporal is away. */
  now(runId: string): Promise<RunNow> {
    return runNow(this.#client, runId);
  }

  /**
   * A run as it is now, every `everyMs` (1,000), until it has ended; that last state is the last that comes. Throws
   * WorkflowNotFoundError for an unknown run, and a gRPC error once Temporal has been away for two minutes.
   */
  async *follow(
    runId: string,
    {everyMs = 1000}: {readonly everyMs?: number} = {},
  ): AsyncGenerator<LifecycleProgress, void, undefined> {
    let last: LifecycleProgress | undefined;
    let awaySince: number | undefined;
    for (;;) {
      try {
        const {running, view} = await this.now(runId);
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
}
