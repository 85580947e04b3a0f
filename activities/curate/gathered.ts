import type {JoinRow} from '../../core/curation/join-input.ts';
import type {Drop} from '../../schemas/row.ts';
import type {FeedbackRecord} from '../../stores/traces/feedback-records.ts';

/** A row among all others; its text is in the row file. */
export interface GatheredRow extends JoinRow {
  readonly number: number;
  /** Where it was read. */
  readonly record: string;
  readonly bands: Float64Array | null;
  readonly scrubbed: Readonly<Record<string, number>>;
}
export interface Gathered {
  readonly rows: GatheredRow[];
  readonly drops: Drop[];
}

/** By id of their rows. */
export type Contributors = ReadonlyMap<string, Pick<FeedbackRecord, 'key' | 'unit' | 'reviewed'>>;
