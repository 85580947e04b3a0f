export const ENTITIES = ['url_credentials', 'email', 'iban', 'card', 'ssn', 'ip', 'phone'] as const;
export type Entity = (typeof ENTITIES)[number];

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

/**
 * Finds one kind of personal data. Time is linear in the text, whatever it holds: every look around a place is bounded.
 * Findings come in order and do not overlap.
 */
export type Detector = (text: string, lookups?: Lookups) => Finding[];
