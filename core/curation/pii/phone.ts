import {parsePhoneNumberFromString, type CountryCode} from 'libphonenumber-js/max';
import type {Finding, Lookups, Recogniser} from './recogniser.ts';

/**
 * Digits with what people write between them; the last character is a digit. An extension may be glued to it, and a `#`
 * stand before it where its groups are a telephone number's.
 */
const CANDIDATE =
  /(?<![\w@$%=+/]|\d[.,-]|#(?!\(?\d{3}\)?[-. ]?\d{3}[-. ]\d{4}(?!\d)))(?:\+ ?|\()?\d[\d ()./-]{5,32}\d(?!(?!(?:x|ext\.?)\d{1,6}(?!\w))[\w@%]|[.,-]\d)/gi;
const EXTENSION = /,?\s?(?:x|ext\.?|extension|extn\.?|#|durchwahl|poste)\s?:?\s?(\d{1,6})(?!\w)/iy;

/** Words before a number that make it one to call… */
const CALL =
  /\b(?:tel(?:ephone|efon|éfono|efoon)?s?|phone|ph|fone|call|fax|cell(?:ular)?|mobile|mob|handy|gsm|contact|reach|dial|ring|text|sms|whatsapp|hotline|toll[- ]free|pager|voice ?mail|direct line|office|home|work|téléphone|numéro|rufnummer)\b[^\d\n]{0,24}$/i;
/** …and words that make it something else. */
const OTHER =
  /\b(?:isbn|issn|order|invoice|tracking|account|acct|reference|ref|serial|case|ticket|sku|part|model|version|confirmation|item|customer|member|id|uid|pid|bug|rfc|cve|imei|vin|ean|upc|gtin|patent|po|zip|sequence|msg|article|job|batch|lot|licen[cs]e|certificate|policy|claim|doc(?:ument)?)\b[^\d\n]{0,14}$/i;
const NEAR = 40;

/** Countries whose numbers are recognised in national form, with their leading 0. */
const NATIONAL: readonly CountryCode[] = [
  'GB', 'DE', 'FR', 'IE', 'IT', 'AU', 'NL', 'CH', 'AT', 'BE', 'SE', 'IL', 'IN', 'JP', 'ZA', 'NZ', 'KR', 'BR', 'TR', 'CN',
]; // prettier-ignore
/** So many numbers of one text are looked up; beyond that, what has the shape counts. */
const MAX_LOOKUPS = 500;

/**
 * Telephone numbers: international ones (`+`, `00`, `011`), North American ones, national ones with a leading 0, and
 * whatever stands behind a word like "tel" or "call"; with extensions. Dates, versions, ISBNs and order numbers are not.
 * Numbering plans by libphonenumber; it is asked only about what already looks like a number.
 */
export const phone: Recogniser<'phone'> = {
  entity: 'phone',
  words: 'a phone number',
  hint: /\d{2}/,
  grouped: true,
  inIds: false,
  find(text, together) {
    const findings: Finding[] = [];
    const lookups: Budget = {left: MAX_LOOKUPS, together};
    for (const match of text.matchAll(CANDIDATE)) {
      const before = text.slice(Math.max(0, match.index - NEAR), match.index);
      const other = OTHER.test(before);
      const named = !other && CALL.test(before);
      for (const {start, end, value} of numbersIn(match[0], {named, other, lookups})) {
        const from = match.index + start;
        let to = match.index + end;
        EXTENSION.lastIndex = to;
        const extension = EXTENSION.exec(text);
        if (extension) to = EXTENSION.lastIndex;
        findings.push({start: from, end: to, value: extension ? `${value};ext=${extension[1]}` : value});
      }
    }
    return findings;
  },
};

/** `(11) 96123-4567`, `8 (912) 345-67-89`: an area code, not a year, with at least seven digits in groups behind it. */
const AREA_IN_PARENTHESES =
  /^(?:[0-9]{1,3}[ -]?)?\((?!(?:19|20)\d\d\))\d{2,5}\)[ -]?(?:\d{3,5}[ -]\d{3,5}|\d{3}[ -]\d{2}[ -]\d{2})$/;

/** Look-ups of one text, and those of all that is read with it. */
interface Budget {
  left: number;
  readonly together: Lookups | undefined;
}

/** What the numbering plans say of a number; null for none. Looks it up once for all texts that are read together. */
function plan({together}: Budget, number: string, country?: CountryCode): Plan {
  const name = `${country ?? ''}${number}`;
  const known = together?.known.get(name);
  if (known !== undefined) return known;
  if (together && together.left-- <= 0) return 'spent';
  const parsed = parsePhoneNumberFromString(number, country);
  const found = parsed
    ? {number: parsed.number, possible: parsed.isPossible(), valid: parsed.isValid()}
    : null;
  together?.known.set(name, found);
  return found;
}
type Plan = {readonly number: string; readonly possible: boolean; readonly valid: boolean} | null | 'spent';

/** The same, counted against the text's own look-ups. */
function lookUp(lookups: Budget, number: string, country?: CountryCode): Plan {
  return lookups.left-- <= 0 ? 'spent' : plan(lookups, number, country);
}

interface NumberContext {
  readonly named: boolean;
  readonly other: boolean;
  readonly lookups: Budget;
}
interface Groups {
  readonly text: string;
  readonly digits: string;
  readonly sizes: string;
  readonly separators: string;
}

/** The numbers in one candidate: mostly all of it, else the longest starts that are one. */
function numbersIn(candidate: string, asked: NumberContext): Finding[] {
  const found: Finding[] = [];
  const groups = [...candidate.matchAll(/\d+/g)].map((group) => ({
    start: opened(candidate, group.index, group.index + group[0].length),
    end: group.index + group[0].length,
  }));
  let first = 0;
  let misses = 0;
  while (first < groups.length) {
    let matched = false;
    for (let last = Math.min(groups.length - 1, first + 6); last >= first && misses < 12; last--) {
      const start = groups[first]!.start;
      const end = groups[last]!.end;
      const value = normalized(split(candidate.slice(start, end)), {
        ...asked,
        named: asked.named && first === 0,
      });
      if (value === null) {
        misses++;
        continue;
      }
      found.push({start, end, value});
      first = last + 1;
      matched = true;
      break;
    }
    if (!matched) first++;
  }
  return found;
}

/** Where a group starts with its `+`, and with its `(` if that closes behind it. */
function opened(candidate: string, at: number, end: number): number {
  let start = at;
  if (candidate[start - 1] === '(' && candidate[end] === ')') start--;
  if (candidate[start - 1] === '+') start--;
  else if (candidate[start - 1] === ' ' && candidate[start - 2] === '+') start -= 2;
  return start;
}

function split(text: string): Groups {
  const groups = text.match(/\d+/g)!;
  return {
    text,
    digits: groups.join(''),
    sizes: groups.map((group) => group.length).join('-'),
    separators: text.replace(/\d/g, ''),
  };
}

/** One spelling of the number, or null if it is none. */
function normalized(groups: Groups, {named, other, lookups}: NumberContext): string | null {
  const {text, digits, sizes} = groups;
  // Fifteen digits (E.164) behind 00, or behind North America's 011.
  const most = text.startsWith('011') ? 18 : 17;
  if (digits.length < 7 || digits.length > most || isDate(text)) return null;
  if (/[-./ (]{4}/.test(text)) return null;
  if (text.startsWith('+')) return international(digits, text, lookups);
  if (other) return null;
  const prefixed = /^(?:00[ -]?|011[ -])([1-9][\d ()./-]{6,})$/.exec(text);
  if (prefixed) {
    const value = international(prefixed[1]!.replace(/\D/g, ''), prefixed[1]!, lookups);
    // In one piece it is a number only if its numbering plan knows it.
    if (value !== null && (sizes.includes('-') || isValid(plan(lookups, value)))) return value;
  }
  const american = northAmerican(groups, named, lookups);
  if (american !== null) return american;
  if (AREA_IN_PARENTHESES.test(text)) return digits;
  if (digits.startsWith('0') && digits[1] !== '0') {
    const value = national(groups, named, lookups);
    if (value !== null) return value;
  }
  return named && digits.length <= 15 && !/^(?:19|20)\d\d$/.test(digits) ? digits : null;
}

const isValid = (found: Plan): boolean => found !== null && found !== 'spent' && found.valid;

function international(digits: string, text: string, lookups: Budget): string | null {
  // The trunk 0 that some write in parentheses is not dialled from abroad.
  const dialled = text.includes('(0)') ? text.replace('(0)', '').replace(/\D/g, '') : digits;
  if (dialled.length < 7 || dialled.length > 15 || dialled.startsWith('0')) return null;
  if (dialled.startsWith('1') && dialled.length === 11) return `+${dialled}`;
  const found = lookUp(lookups, `+${dialled}`);
  return found === 'spent' || found?.possible === true ? `+${dialled}` : null;
}

/** NANP: [1] area exchange line, 3-3-4. */
function northAmerican(
  {text, digits, sizes, separators}: Groups,
  named: boolean,
  lookups: Budget,
): string | null {
  const withOne = digits.length === 11 && digits.startsWith('1');
  const ten = withOne ? digits.slice(1) : digits;
  if (ten.length !== 10 || !/^[2-9]/.test(ten)) return null;
  const grouped = /^(?:1-)?3-3-4$/.test(sizes);
  const value = `+1${ten}`;
  if (named && (grouped || /^(?:1-)?(?:10|3-7|6-4)$/.test(sizes) || sizes === '11')) return value;
  if (
    grouped &&
    (/^1?[ .-]?\(/.test(text) || /^[-.]+$/.test(separators) || /^[ .-]?[-.][-.]$/.test(separators))
  )
    return value;
  if (!grouped && !/^(?:1-)?3-7$/.test(sizes)) return null;
  const found = lookUp(lookups, value);
  return found === 'spent' || isValid(found) ? value : null;
}

function national({digits, sizes}: Groups, named: boolean, lookups: Budget): string | null {
  // A social security number's groups.
  if (sizes === '3-2-4' && !named) return null;
  if (digits.length < 9 || digits.length > 12) return null;
  const parts = sizes.split('-');
  if (!named && (parts.length < 2 || parts.length > 5 || parts.some((size) => Number(size) < 2))) return null;
  if (named) return digits;
  for (const country of NATIONAL) {
    const found = lookUp(lookups, digits, country);
    if (found === 'spent') return digits;
    if (found?.valid === true) return found.number;
  }
  return null;
}

/** `2002-08-22`, `22.08.2002`, `8/22/02`, also with an hour behind it. */
function isDate(text: string): boolean {
  const match = /^(\d{1,4})([-./])(\d{1,2})\2(\d{1,4})(?![\d./-])/.exec(text);
  if (!match) return false;
  const [a, b, c] = [match[1]!, match[3]!, match[4]!];
  const year = (part: string): boolean => part.length === 4 && /^(?:19|20)/.test(part);
  const small = (part: string): boolean => part.length <= 2 && Number(part) >= 1 && Number(part) <= 31;
  return (year(a) && small(b) && small(c)) || (small(a) && small(b) && (year(c) || c.length === 2));
}
