import type {Source} from '../../schemas/project.ts';
import type {SplitColumn} from './belongings.ts';
import type {Column} from './columns.ts';
import type {Proposal} from './propose.ts';

/** Everything that init knows of a project that does not exist yet. */
export interface Draft {
  readonly project: string;
  readonly source: Pick<Source, 'uri' | 'format'>;
  /** What was looked at, for the comment on top. */
  readonly seen: {
    readonly rows: number;
    /** Records that cannot be read, besides. */
    readonly malformed: number;
    readonly whole: boolean;
    readonly otherTexts: readonly string[];
  };
  readonly proposal: Proposal;
  /** All of them. */
  readonly columns: readonly Column[];
  /** What rows belong to, and when they are from; null where no column says so. */
  readonly group: SplitColumn | null;
  readonly time: SplitColumn | null;
  /** ISO 639-1 codes of the rows; none: every language stays. */
  readonly languages: readonly string[];
  /** Tokens of the text, 95th percentile; `counted` by the model's own tokenizer, else guessed from its characters. */
  readonly tokens: {readonly most: number; readonly counted: boolean};
  /** Length of the shortest texts: the 2nd percentile, characters. */
  readonly shortChars: number;
  /** As a line of YAML: `{name: anna, key: 'ed25519:…', roles: [approver]}`; null: none was made. */
  readonly approver: {readonly name: string; readonly key: string} | null;
}
