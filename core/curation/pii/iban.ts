import {countrySpecs, isValidIBAN} from 'ibantools';
import type {Finding, Recogniser} from './recogniser.ts';

const START = /(?=[a-z]{2}\d{2})(?:(?<![a-z0-9])|(?<=(?<![a-z0-9])iban))([a-z]{2})\d{2}/gi;
const ALPHANUMERIC = /[A-Za-z0-9]/;

/**
 * International bank account numbers (ISO 13616): country, its length and structure, and the check digits (mod 97), with
 * or without single spaces, dashes or dots between groups.
 */
export const iban: Recogniser<'iban'> = {
  entity: 'iban',
  words: 'an IBAN',
  hint: /[A-Za-z]{2}\d{2}/,
  grouped: true,
  inIds: true,
  find(text) {
    const findings: Finding[] = [];
    for (const match of text.matchAll(START)) {
      const spec = countrySpecs[match[1]!.toUpperCase() as keyof typeof countrySpecs];
      const length = spec?.chars ?? 0;
      if (length === 0) continue;
      const start = match.index;
      let value = '';
      let end = start;
      while (value.length < length && end < text.length) {
        const character = text[end]!;
        if (ALPHANUMERIC.test(character)) value += character.toUpperCase();
        else if (!(/[ .-]/.test(character) && ALPHANUMERIC.test(text[end + 1] ?? ''))) break;
        end++;
      }
      if (value.length !== length || ALPHANUMERIC.test(text[end] ?? '')) continue;
      if (isValidIBAN(value)) findings.push({start, end, value});
    }
    return findings;
  },
};
