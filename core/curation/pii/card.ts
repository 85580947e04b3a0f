import type {Finding, Recogniser} from './recogniser.ts';

interface Issuer {
  readonly name: string;
  /** First digits, as a range of numbers of the same length. */
  readonly from: number;
  readonly to: number;
  readonly lengths: readonly number[];
}
const range = (from: number, to: number): number[] => Array.from({length: to - from + 1}, (_, i) => from + i);

/** Issuer identification ranges (ISO/IEC 7812) with the lengths of numbers in use. */
const ISSUERS: readonly Issuer[] = [
  {name: 'visa', from: 4, to: 4, lengths: [13, 16, 19]},
  {name: 'mastercard', from: 51, to: 55, lengths: [16]},
  {name: 'mastercard', from: 2221, to: 2720, lengths: [16]},
  {name: 'american express', from: 34, to: 34, lengths: [15]},
  {name: 'american express', from: 37, to: 37, lengths: [15]},
  {name: 'diners club', from: 300, to: 305, lengths: range(14, 19)},
  {name: 'diners club', from: 3095, to: 3095, lengths: range(14, 19)},
  {name: 'diners club', from: 36, to: 36, lengths: range(14, 19)},
  {name: 'diners club', from: 38, to: 39, lengths: range(14, 19)},
  {name: 'discover', from: 6011, to: 6011, lengths: range(16, 19)},
  {name: 'discover', from: 644, to: 649, lengths: range(16, 19)},
  {name: 'discover', from: 65, to: 65, lengths: range(16, 19)},
  {name: 'jcb', from: 3528, to: 3589, lengths: range(16, 19)},
  {name: 'jcb', from: 1800, to: 1800, lengths: [15]},
  {name: 'jcb', from: 2131, to: 2131, lengths: [15]},
  {name: 'unionpay', from: 62, to: 62, lengths: range(16, 19)},
  {name: 'unionpay', from: 81, to: 81, lengths: range(16, 19)},
  {name: 'maestro', from: 5018, to: 5018, lengths: range(13, 19)},
  {name: 'maestro', from: 5020, to: 5020, lengths: range(13, 19)},
  {name: 'maestro', from: 5038, to: 5038, lengths: range(13, 19)},
  {name: 'maestro', from: 5893, to: 5893, lengths: range(13, 19)},
  {name: 'maestro', from: 6304, to: 6304, lengths: range(13, 19)},
  {name: 'maestro', from: 67, to: 67, lengths: range(13, 19)},
  {name: 'switch', from: 4903, to: 4936, lengths: [16, 18, 19]},
  {name: 'switch', from: 633110, to: 633110, lengths: [16, 18, 19]},
  {name: 'solo', from: 6333, to: 6334, lengths: [16, 18, 19]},
  {name: 'solo', from: 6767, to: 6767, lengths: [16, 18, 19]},
  {name: 'dankort', from: 5019, to: 5019, lengths: [16]},
  {name: 'bankcard', from: 5610, to: 5610, lengths: [16]},
  {name: 'mir', from: 2200, to: 2204, lengths: range(16, 19)},
  {name: 'rupay', from: 60, to: 60, lengths: [16]},
  {name: 'rupay', from: 508, to: 508, lengths: [16]},
  {name: 'verve', from: 506099, to: 506198, lengths: [16, 18, 19]},
  {name: 'instapayment', from: 637, to: 639, lengths: [16]},
  {name: 'troy', from: 9792, to: 9792, lengths: [16]},
  {name: 'elo', from: 636368, to: 636368, lengths: [16]},
  {name: 'uatp', from: 1, to: 1, lengths: [15]},
];

/** How card numbers are grouped where they are not written in one piece. */
const LAYOUTS = new Set(
  [
    [4, 4, 4, 4],
    [4, 6, 5],
    [4, 6, 4],
    [4, 4, 4, 4, 3],
    [4, 4, 4, 4, 2],
    [4, 4, 4, 4, 1],
    [4, 4, 4, 3],
    [4, 4, 4, 2],
    [4, 4, 4, 1],
    [4, 3, 3, 3],
    [4, 5, 6],
    [6, 13],
    [8, 8],
    [6, 4, 4],
    [6, 6, 4],
  ].map(String),
);
const MAX_GROUPS = 5;
const GROUP = /\d{1,19}/y;
const SEPARATOR = /[ ._-]/;
/** Digits that stand by themselves, or that a card's name is glued to. */
const START =
  /(?=\d{4})(?:(?<![\w.])|(?<=(?<![a-z])(?:visa|master ?card|maestro|amex|american express|discover|diners|jcb|card|cc)))\d{4,19}(?!\d)/gi;

/** Payment card numbers: an issuer's range and length, the Luhn check, in one piece or in usual groups by one separator. */
export const card: Recogniser<'card'> = {
  entity: 'card',
  words: 'a card number',
  hint: /\d{4}/,
  grouped: true,
  inIds: true,
  find(text) {
    const findings: Finding[] = [];
    for (const match of text.matchAll(START)) {
      const start = match.index;
      if (findings.length > 0 && start < findings.at(-1)!.end) continue;
      const end = cardEnd(text, start);
      if (end > start) findings.push({start, end, value: text.slice(start, end).replace(/\D/g, '')});
    }
    return findings;
  },
};

function cardEnd(text: string, start: number): number {
  const sizes: number[] = [];
  let digits = '';
  let separator = '';
  let found = start;
  for (let at = start; sizes.length < MAX_GROUPS;) {
    GROUP.lastIndex = at;
    const group = GROUP.exec(text)?.[0];
    if (group === undefined) break;
    digits += group;
    sizes.push(group.length);
    at += group.length;
    const whole = sizes.length === 1 || LAYOUTS.has(String(sizes));
    if (whole && !/[\p{L}\d_]/u.test(text[at] ?? '') && isCard(digits)) found = at;
    const next = text[at];
    if (next === undefined || !SEPARATOR.test(next)) break;
    if (separator !== '' && next !== separator) break;
    separator = next;
    at++;
  }
  // A digit group that goes on behind a dash belongs to something longer.
  return found > start && /^-\d/.test(text.slice(found, found + 2)) ? start : found;
}

/** An issuer's range and length, and the Luhn check. */
export function isCard(digits: string): boolean {
  return luhn(digits) && ISSUERS.some((issuer) => inRange(issuer, digits));
}

function inRange({from, to, lengths}: Issuer, digits: string): boolean {
  if (!lengths.includes(digits.length)) return false;
  const head = Number(digits.slice(0, String(from).length));
  return head >= from && head <= to;
}

/** Luhn's check (ISO/IEC 7812-1 annex B). */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    let digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    if (i % 2 === 1) {
      digit *= 2;
      if (digit > 9) digit -= 9;
    }
    sum += digit;
  }
  return sum % 10 === 0;
}
