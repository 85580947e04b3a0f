import type {TrainerEvent} from '../../schemas/training.ts';

/** What the trainer is asked to do; trainer/ratchet_trainer/spec.py reads it. Paths are of the machine the job runs on. */
export interface TrainerSpec {
  readonly v: 1;
  readonly base:
    | {readonly kind: 'gguf'; readonly path: string; readonly sha256: string}
    /** `revision`: of an id, its commit; a folder has none. */
    | {readonly kind: 'hf'; readonly path_or_id: string; readonly revision?: string};
  readonly train_file: string;
  readonly validation_file: string;
  readonly golden_digests_file: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly threads: number;
  /** So many of each task's first validation rows are scored at the end: out/scores.jsonl. */
  readonly score_rows: number;
  /** Required: a base that llama.cpp has no adapter layout for is refused before the first step. */
  readonly gguf: 'required' | 'if_possible';
  readonly resume: 'auto';
  /** Stop there with a checkpoint and the validation loss; missing: to the end. */
  readonly until_step?: number;
}

export type JobStatus =
  | {readonly state: 'absent'}
  | {readonly state: 'running'}
  /** It said its last word. */
  | {
      readonly state: 'ended';
      readonly code: number;
      readonly type?: string;
      readonly message?: string;
      /** The step at which it stopped as it was asked to, short of its end. */
      readonly rung?: number;
    }
  /** It is gone without a last word: killed, or its machine died. It can be started again and resumes. */
  | {readonly state: 'lost'};

/**
 * Where training runs. A job's name is its stage key, so that submitting the same job twice is one job: `start` on a
 * running job re-attaches to it.
 */
export interface TrainingBackend {
  start(job: string, spec: TrainerSpec): Promise<void>;
  status(job: string): Promise<JobStatus>;
  /** Events from `cursor` (bytes) on, and where to go on reading. */
  events(
    job: string,
    cursor: number,
  ): Promise<{readonly events: readonly TrainerEvent[]; readonly cursor: number}>;
  /** Asks the trainer to save and stop, and waits until it is gone. */
  cancel(job: string): Promise<void>;
  /** The job's folder on this machine: inputs, checkpoints, outputs. */
  folder(job: string): string;
}
