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
  /** Whose tokens in front of a prompt the rows get. Missing: vLLM's, which are the tokenizer's own. */
  readonly engine?: 'llama.cpp' | 'vllm';
  /** MLflow's or Weights & Biases' addresses and names; no weight depends on them. */
  readonly tracking?: Readonly<Record<string, string>>;
  readonly resume: 'auto';
  /** Stop there with a checkpoint and the validation loss; missing: to the end. */
  readonly until_step?: number;
}
