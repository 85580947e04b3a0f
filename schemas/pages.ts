/**
 * Lists that may be longer than a payload of Temporal holds (2 MiB): a workflow is given references to pages of them. No zod
 * in here: workflow code imports this file.
 */
import type {ArtifactRef} from './artifact.ts';

/** Items of a page: some hundred bytes each. */
export const PAGE_ITEMS = 500;

export interface Paged<T> {
  /** All of a short list; of a longer one none. */
  readonly batches: readonly T[];
  /** Pages of PAGE_ITEMS, artifacts of JSON; missing where there are none. */
  readonly pages?: readonly ArtifactRef[];
  /** Items in all; missing: those of `batches`. */
  readonly count?: number;
}
