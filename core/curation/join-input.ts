import type {Split} from '../../schemas/row.ts';
import type {Pause} from './pause.ts';
import type {SplitShares} from './split.ts';

/** What joining needs to know of a row; its text is asked for where it is needed. */
export interface JoinRow {
  readonly id: string;
  readonly source: string;
  readonly digest: string;
  readonly label: string | undefined;
  /** contentHash of its text. */
  readonly exact: string;
  /**
   * Whose word counts where rows say the same: the lower one survives, and decides about the split. 0 if missing: what people
   * curated. What comes from users has a higher one, so that nobody drives a curated row out by sending its text again; the
   * highest what no person has seen of it.
   */
  readonly rank?: number;
  /** Rows of one group fall into one split: a keyed digest of the speech, thread, user or document that it is of. */
  readonly group?: string | undefined;
  /** Milliseconds since 1970. Where rows have a time, golden rows are the latest ones. */
  readonly time?: number | undefined;
}

export interface JoinInput<R extends JoinRow = JoinRow> {
  /** In any order. */
  readonly rows: readonly R[];
  /** Null for a row without words, which is like no other. */
  readonly bandKey: (row: R, band: number) => number | null;
  readonly shingles: (row: R) => Uint32Array | Promise<Uint32Array>;
  readonly text: (row: R) => string | Promise<string>;
  /** Rows of the parent version, by id: where they are. */
  readonly former: ReadonlyMap<string, {readonly split: Split; readonly cluster: string}>;
  /** Its golden rows, by id, each of which has to be among `rows` as it was. */
  readonly golden: ReadonlyMap<string, {readonly digest: string; readonly cluster: string}>;
  readonly bands: number;
  readonly jaccard: number;
  readonly maxCluster: number;
  readonly ngramWords: number;
  readonly overlap: number;
  /** With `group` or `time`, splits are chosen for whole groups (`groupHomes`), else for each duplicate cluster by its hash. */
  readonly split: SplitShares & {readonly group?: string | undefined; readonly time?: string | undefined};
  /**
   * Other shares for the cluster of a row, by the row that survives: where new data needs more golden rows. A split is the
   * cluster's, whatever the parent version had.
   */
  readonly splitFor?: (survivor: R) => SplitShares | Split;
  /** Called for every row of every pass: lets a process that has other things to do see to them. */
  readonly pause?: Pause;
}
