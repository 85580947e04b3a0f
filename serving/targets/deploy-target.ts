import type {EngineModel} from '../../core/releases/models.ts';

/** What of a release's model an engine is given. */
export type Served = Pick<EngineModel, 'project' | 'digest' | 'adapter'>;

/**
 * Where releases are made to answer: one or several engines that hold the same base model. Every method is idempotent and
 * speaks to all engines; one that cannot be reached makes the call fail with Unavailable, after the others were served.
 */
export interface DeployTarget {
  /**
   * Makes every engine able to answer for the release, and gives the model's name there: the base's own name for a
   * release without adapter, else `project@sha12`. Brings the adapter's files to the engines' disk where they are missing.
   * Throws DigestMismatch if a file there is not what the release names, InvalidInput if an engine refuses the adapter.
   */
  ensureAdapter(release: Served): Promise<string>;
  /** Forgets an adapter by the name that ensureAdapter gave; the base's own name, and one that is not there, are no error. */
  unload(model: string): Promise<void>;
  /**
   * That the adapter really answers: its log-probabilities of the probe texts differ from the base's, by more than two
   * readings of the base differ. Throws AdapterNotServed: an engine may load an adapter and go on serving the base.
   * A release without adapter has nothing to prove.
   */
  prove(release: Served, probes?: readonly string[]): Promise<readonly Proof[]>;
}

/** Mean absolute difference of the tokens' log-probabilities (nats) over all probe texts, on one engine. */
export interface Proof {
  readonly engine: string;
  readonly difference: number;
  /** The same between two readings of the base: 0 where the engine is deterministic. */
  readonly noise: number;
}

/** Texts that any adapter shifts: plain, and as different as a few can be. */
export const PROBES: readonly string[] = [
  'Subject: Meeting on Monday\nMessage: Please confirm that you can come. Thank you, Anna',
  'The quick brown fox jumps over the lazy dog, and the answer to the question is no.',
];
