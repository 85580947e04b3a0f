/** Compares two answers to the same question without knowing which release gave which. */
export interface Judge {
  /** What its judgements depend on beside the comparison, as one digest: endpoint, model, instructions. */
  readonly id: string;
  /**
   * Both orders are asked: an answer wins only if it is preferred in both, else it is a tie. `unscored` where a reply
   * could not be read. Throws RateLimited, Unavailable, AccessDenied or InvalidInput.
   */
  compare(question: Comparison): Promise<Judgement>;
}

export interface Comparison {
  /** What the answers answer. */
  readonly prompt: string;
  readonly first: string;
  readonly second: string;
  /** A correct answer to compare with, where there is one. */
  readonly reference?: string;
  readonly signal?: AbortSignal;
}

export type Judgement =
  | {
      readonly status: 'scored';
      readonly winner: 'first' | 'second' | 'tie';
      /** Whether both orders had the same preference; null where the answers are alike and it was not asked. */
      readonly consistent: boolean | null;
    }
  | {readonly status: 'unscored'; readonly reason: string};
