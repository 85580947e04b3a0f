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
   * A run as it is now, every `everyMs` (1,000) and when it has ended; that last state is the last that comes. Throws
   * WorkflowNotFoundError for an unknown run, and a gRPC error once Temporal has been away for two minutes.
   */
  async *follow(
    runId: string,
    {everyMs = 1000}: {readonly everyMs?: number} = {},
  ): AsyncGenerator<LifecycleProgress, void, undefined> {
    let last: LifecycleProgress | undefined;
    let awaySince: number | undefined;
    const leave = new AbortController();
    const end = new AbortController();
    void this.#ended(runId, leave.signal).then(() => end.abort());
    try {
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
        await pause(everyMs, end.signal);
      }
    } finally {
      leave.abort();
    }
  }

  /** Resolves when the run has ended, or nobody can say when it will. */
  async #ended(runId: string, signal: AbortSignal): Promise<void> {
    await this.#client
      .withAbortSignal(signal, () => this.#client.workflow.getHandle(runId).result())
      .catch(() => undefined);
  }
}

/** For `ms`, or until `signal` aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
