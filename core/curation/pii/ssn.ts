import type {Finding, Recogniser} from './recogniser.ts';

/** Numbers that stood in advertisements: Woolworth's wallets, the SSA's pamphlet of 1940, LifeLock's. */
const ADVERTISED = new Set(['078051120', '219099999', '457555462']);

const NUMBER = /(?=\d{3})(?:(?<![\w.,-])|(?<=\bssn))(\d{3})([. -]?)(\d{2})([. -]?)(\d{4})(?!\w|[-.,]\d)/gi;
/** What must stand before a number that is not written with dashes. */
const NAMED = /\b(?:ssns?|social security|soc\.? ?sec|ss ?#|tax ?payer id|tax id)/i;
const NEAR = 48;

/**
 * US social security numbers by the SSA's rules: no area 000, 666 or 9xx, no group 00, no serial 0000, none of the known
 * advertised ones. With dashes or dots anywhere; with spaces where no other digits stand beside it; else only behind words
 * that name it.
 */
export const ssn: Recogniser<'ssn'> = {
  entity: 'ssn',
  words: 'a social security number',
  hint: /\d{3}/,
  grouped: true,
  inIds: true,
  find(text) {
    const findings: Finding[] = [];
    for (const match of text.matchAll(NUMBER)) {
      const [whole, area, first, group, second, serial] = match as unknown as string[];
      const value = area! + group! + serial!;
      const start = match.index;
      const end = start + whole!.length;
      if (!isSsn(value)) continue;
      const marked = first === second && (first === '-' || first === '.');
      const spaces = first === ' ' && second === ' ' && standsAlone(text, start, end);
      if (marked || spaces || NAMED.test(text.slice(Math.max(0, start - NEAR), start)))
        findings.push({start, end, value});
    }
    return findings;
  },
};

function standsAlone(text: string, start: number, end: number): boolean {
  return (
    !/\d\s?$/.test(text.slice(Math.max(0, start - 2), start)) && !/^\s?\d/.test(text.slice(end, end + 2))
  );
}

/** Nine digits that the SSA could have assigned. */
export function isSsn(digits: string): boolean {
  const area = digits.slice(0, 3);
  if (area === '000' || area === '666' || area.startsWith('9')) return false;
  if (digits.slice(3, 5) === '00' || digits.slice(5) === '0000') return false;
  return !ADVERTISED.has(digits) && !/^(\d)\1{8}$/.test(digits);
}
