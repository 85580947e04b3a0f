import type {Client} from '@temporalio/client';
import type {Spent} from '../schemas/cost.ts';
import type {Stores} from '../stores/stores.ts';

/** What a worker gives every activity. */
export interface ActivityContext {
  readonly project: string;
  /** Folder of ratchet.yaml on this machine. */
  readonly folder: string;
  /** The ratchet.yaml itself: read anew where what it says now matters (who may approve). */
  readonly file: string;
  readonly stores: Stores;
  /** The project's row key, 32 bytes; never in store, logs or histories. */
  readonly rowKey: Uint8Array;
  /** Base URLs of the inference engines, each serving one answer at a time per thread. */
  readonly engines: readonly string[];
  /** Folder on the engines' disks that adapters are brought to. */
  readonly adapterFolder: string;
  /** The same folder as the engines see it, where that differs. */
  readonly adaptersOnEngines?: string | undefined;
  /** Sent to vLLM as bearer token; never in store, logs or histories. */
  readonly engineKey?: string | undefined;
  /** Where training jobs keep their files on this machine. */
  readonly jobFolder: string;
  readonly client: () => Promise<Client>;
  readonly environment: Environment;
}

/** Paths that the launcher resolved. A missing one is an error only where it is needed. */
export interface Environment {
  readonly python?: string;
  /** The default base model, a GGUF file. */
  readonly model?: string;
  readonly wordllama?: string;
  /** Root of the trainer's Python sources. */
  readonly trainer: string;
  /** Threads that training may use. */
  readonly trainerThreads: number;
  /** A Job manifest without name: trainings are Kubernetes Jobs of its kind. Missing: child processes of this worker. */
  readonly trainingJob?: string | undefined;
}

/** What an activity hears from and says to Temporal; tests pass their own. */
export interface Activity {
  /** Shown as progress; sent by a timer, so it may be called as often as there is news. */
  progress(details: {done: number; total: number; unit: string; note?: string}): void;
  /** What the work spent elsewhere than in this process, as it goes on: an engine's time, tokens. */
  spend(more: Partial<Spent>): void;
  /** Aborted on cancellation and on worker shutdown. */
  readonly signal: AbortSignal;
  /** True if the abort is a shutdown of this worker: leave outside work running, the next attempt re-attaches. */
  readonly shuttingDown: () => boolean;
  readonly attempt: number;
  readonly workflowId: string;
  /** Of this execution of the workflow; another one under the same ID has another. */
  readonly runId: string;
}
