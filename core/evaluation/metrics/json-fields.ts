import {jsonBeyond} from '../../access/json-bounds.ts';
import {PSEUDONYM} from '../../curation/pii/scrub.ts';

/** An answer beside its reference, field by field. */
export interface ComparedFields {
  /** The whole answer is one JSON object. */
  readonly valid: boolean;
  /** In the order of the fields: its value is the reference's. */
  readonly right: readonly boolean[];
}

/** Longer texts, and JSON beyond these bounds, count as none. */
const MOST_CHARS = 100_000;
const BOUNDS = {depth: 32, values: 10_000} as const;

/**
 * Exact match of declared fields, as slot accuracy and joint goal accuracy are counted in dialogue state tracking (Wu et al.
 * 2019, TRADE): each field for itself, and all of them. Null where the reference is no JSON object.
 *
 * - Text around the object, and a code fence, make it invalid: who parses the answer cannot read it either.
 * - Of a key that stands twice the last one counts, as in JSON.parse. Keys that were not declared don't count.
 * - Texts are the same after Unicode's NFC, with white space as single spaces; numbers by their decimal value, of any size;
 *   objects whatever the order of keys. A text is never a number: "42" is not 42.
 * - A field that the reference lacks, or has as null, is right where the answer lacks it or has null, too.
 */
export function compareFields(
  answer: string,
  reference: string,
  fields: readonly string[],
): ComparedFields | null {
  const expected = readObject(reference);
  if (expected === null) return null;
  const said = readObject(answer);
  if (said === null) return {valid: false, right: fields.map(() => false)};
  return {
    valid: true,
    right: fields.map((field) => {
      const [ours, theirs] = [said.get(field), expected.get(field)];
      return ours === theirs || (isAbsent(ours) && isAbsent(theirs));
    }),
  };
}

/** Whether a text is a JSON object that answers can be compared with. */
export function isJsonObject(text: string): boolean {
  return readObject(text) !== null;
}

function isAbsent(value: string | undefined): boolean {
  return value === undefined || value === 'null';
}

/** JSON.parse shows a reviver how a number is written (ECMAScript's "JSON.parse source text access"). */
const parse = JSON.parse as (
  text: string,
  reviver: (this: unknown, key: string, value: unknown, context: {readonly source?: string}) => unknown,
) => unknown;

/** Keys of the object that this text is, each with its value in one form; null of any other text. */
function readObject(text: string): ReadonlyMap<string, string> | null {
  if (text.length > MOST_CHARS || !text.trimStart().startsWith('{')) return null;
  const json = quotePseudonyms(text);
  if (jsonBeyond(new TextEncoder().encode(json), BOUNDS) !== null) return null;
  try {
    const object = parse(json, (_key, value, {source}) =>
      typeof value === 'number' ? new Decimal(source!) : value,
    );
    return new Map(Object.entries(object as object).map(([key, value]) => [key, oneForm(value)]));
  } catch {
    return null;
  }
}

/** A number as it is written. */
class Decimal {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/** The same text for the same value. */
function oneForm(value: unknown): string {
  if (value instanceof Decimal) return decimal(value.source);
  if (typeof value === 'string') return JSON.stringify(value.normalize('NFC').replace(/\s+/g, ' ').trim());
  if (Array.isArray(value)) return `[${value.map(oneForm).join(',')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, of]) => `${JSON.stringify(key)}:${oneForm(of)}`).join(',')}}`;
}

/** Numbers with more characters are compared as they are written. */
const MOST_DIGITS = 400;

/** `1.50`, `15e-1` → `15e-1`: a JSON number in one form, whatever its size. */
function decimal(source: string): string {
  if (source.length > MOST_DIGITS) return source;
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(
    source,
  )!;
  const digits = (whole! + fraction).replace(/^0+/, '');
  if (digits === '') return '0';
  const shortest = digits.replace(/0+$/, '');
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - shortest.length);
  return `${sign}${shortest}e${power}`;
}

/** Longest name of what was replaced, and its digits. */
const PSEUDONYM_CHARS = 32;

/** Personal data was replaced before anything was stored: a number that was stands there without quotes, and is read as a text. */
function quotePseudonyms(text: string): string {
  let json = '';
  let from = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (inText && character === '\\') at++;
    else if (character === '"') inText = !inText;
    else if (character === '<' && !inText) {
      const word = text.slice(at, at + PSEUDONYM_CHARS).match(PSEUDONYM)?.[0];
      if (word === undefined || !text.startsWith(word, at)) continue;
      json += text.slice(from, at) + JSON.stringify(word);
      from = at + word.length;
      at = from - 1;
    }
  }
  return json + text.slice(from);
}
