import type {Entity} from '../../../schemas/names.ts';

/** A piece of personal data: text[start, end), and one spelling for the same thing however it is written. */
export interface Finding {
  readonly start: number;
  readonly end: number;
  readonly value: string;
}

/** Numbers that texts read together may still look up in numbering plans, and those that were. */
export interface Lookups {
  left: number;
  readonly known: Map<
    string,
    {readonly number: string; readonly possible: boolean; readonly valid: boolean} | null
  >;
}

/** One kind of personal data, and how it is found. */
export interface Recogniser<E extends Entity = Entity> {
  readonly entity: E;
  /** What it is called in a report: `an IBAN`. */
  readonly words: string;
  /** What every finding holds: a text without it is not searched. */
  readonly hint: RegExp;
  /** Its characters come in groups, so any dash between them counts as `-`. In an address a dash would join it to the word before. */
  readonly grouped: boolean;
  /** Also looked for in records' IDs. Not what many plain IDs look like. */
  readonly inIds: boolean;
  /**
   * Findings in order, without overlap. Time must be linear in the text, whatever it holds: bound every look around a place.
   */
  find(text: string, lookups?: Lookups): Finding[];
}
