export const ENTITIES = ['url_credentials', 'email', 'iban', 'card', 'ssn', 'ip', 'phone'] as const;
export type Entity = (typeof ENTITIES)[number];

/** A piece of personal data: text[start, end), and one spelling for the same thing however it is written. */
export interface Finding {
  readonly start: number;
  readonly end: number;
  readonly value: string;
}

/**
 * Finds one kind of personal data. Time is linear in the text, whatever it holds: every look around a place is bounded.
 * Findings come in order and do not overlap.
 */
export type Detector = (text: string) => Finding[];
