import type {TrainerEvent} from '../../schemas/training.ts';
import type {TrainingJob, TrainingOutputs} from '../../schemas/training-job.ts';

export type JobStatus =
  | {readonly state: 'absent'}
  /** `note`: what it waits for, where it has not begun. */
  | {readonly state: 'running'; readonly note?: string}
  /** It said its last word. */
  | {
      readonly state: 'ended';
      readonly code: number;
      readonly type?: string;
      readonly message?: string;
      /** The step at which it stopped as it was asked to, short of its end. */
      readonly rung?: number;
    }
  /**
   * It is gone without a last word: killed, or its machine died. It can be started again and resumes. `message`: what is
   * known of it.
   */
  | {readonly state: 'lost'; readonly message?: string};

/** Where training runs: a child process of this machine, or a Kubernetes Job. One conformance suite holds for all. */
export interface TrainingBackend {
  /**
   * The training of this key, running or not; starts nothing. `owner` names who holds it from now on: where two workers hold
   * the same training, what the former one would write is refused with Fenced.
   */
  attach(job: TrainingJob, owner: string): Promise<Training>;
}

/** One training. Its name is its key: however often and by whomever it is started, it runs once. */
export interface Training {
  status(): Promise<JobStatus>;
  /**
   * Begins it, from its last checkpoint in the store; re-attaches where it runs. Throws InvalidInput where a job of this name
   * was made of something else.
   */
  start(): Promise<void>;
  /**
   * What was said from `cursor` on (0: from the beginning), and where to go on reading. A `checkpoint` comes out when that
   * checkpoint is in the store.
   */
  events(cursor: number): Promise<{readonly events: readonly TrainerEvent[]; readonly cursor: number}>;
  /** Returns when status or events may have changed, or the signal is aborted; never throws. */
  news(signal: AbortSignal): Promise<void>;
  /**
   * Asks the trainer to save and stop; returns when it is gone and its last checkpoint is in the store. Nothing where another
   * owner holds it meanwhile: a worker that comes back late must not stop what its successor goes on with.
   */
  cancel(): Promise<void>;
  /** Of a training that ended with code 0 and at no rung. Throws Fenced, ArtifactMissing, TrainerFailed where a file is not there. */
  outputs(): Promise<TrainingOutputs>;
  /** Where a person reads more: `read FILE`, a kubectl command. */
  readonly more: string;
  /** The processor's name, or whose machines it may run on: trainings on like machines are compared. */
  readonly cpu: string;
  /** Stops watching; the training is not touched. */
  close(): void;
}
