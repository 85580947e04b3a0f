import {WorkflowNotFoundError, type Client} from '@temporalio/client';
import {RolloutInput} from '../../schemas/deployment.ts';
import {rolloutWorkflowId} from '../../schemas/names.ts';
import {startedWith} from '../../client/running-workflows.ts';
import {askAll, type Mail, type Users} from './users.ts';

/** One at a time: a second engine is then free for the shadow's copies, which wait for idle ones. */
const CONCURRENCY = 1;

export interface Asking {
  readonly client: Client;
  readonly run: string;
  readonly users: Users;
  /** What they ask while a release that was trained on this dataset is rolled out: rows held back from training. */
  readonly traffic: (dataset: string) => Promise<readonly Mail[]>;
}

/**
 * Users who ask while a run is rolled out, until they leave. Mails are asked again, by others, where there are too few: the
 * rollout decides when it has seen enough.
 */
export class RolloutUsers {
  readonly #about: Asking;
  readonly #gone = new AbortController();
  #asking: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(about: Asking) {
    this.#about = about;
  }

  /** Why they ask no more, if they could not go on. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Once: who is here already goes on. */
  come(): void {
    this.#asking ??= this.#ask().catch((error: unknown) => {
      // Told of before it has begun: they come at the next call.
      if (error instanceof WorkflowNotFoundError) this.#asking = undefined;
      else if (!this.#gone.signal.aborted)
        this.#failure = error instanceof Error ? error : new Error(String(error));
    });
  }

  async leave(): Promise<void> {
    this.#gone.abort();
    await this.#asking;
  }

  async #ask(): Promise<void> {
    const {client, run, users, traffic} = this.#about;
    const {signal} = this.#gone;
    const rollout = rolloutWorkflowId(run);
    const {runId} = await client.workflow.getHandle(rollout).describe();
    const {proof} = RolloutInput.parse(await startedWith(client, rollout, runId));
    const mails = await traffic(proof.approval.digests.dataset);
    for (let round = 0; !signal.aborted && mails.length > 0; round++) {
      const asked = mails.map((mail) => ({...mail, user: `${mail.row} ${run} ${round}`}));
      await askAll(users, asked, {concurrency: CONCURRENCY, signal, onAnswer: () => undefined});
    }
  }
}
