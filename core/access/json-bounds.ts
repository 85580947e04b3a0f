/** What JSON text may hold, so that reading it takes memory and time in proportion to its length. */
export interface JsonBounds {
  /** Objects and lists within one another. */
  readonly depth: number;
  /** Values of every kind, and keys. */
  readonly values: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const OTHER = 0;
const SPACE = 1;
const DIVIDER = 2;
const OPENS = 3;
const CLOSES = 4;
const STRING = 5;
/** By byte; what is beyond ASCII stands within strings alone. */
const KIND = new Uint8Array(256);
for (const byte of [0x20, 0x09, 0x0a, 0x0d]) KIND[byte] = SPACE;
for (const byte of [0x2c, 0x3a]) KIND[byte] = DIVIDER;
for (const byte of [0x5b, 0x7b]) KIND[byte] = OPENS;
for (const byte of [0x5d, 0x7d]) KIND[byte] = CLOSES;
KIND[QUOTE] = STRING;

/**
 * Which bound this JSON text (UTF-8) passes, null if none. One pass over the bytes that builds nothing, ends where a bound is
 * passed, and says nothing about whether the text is JSON: a parser that stops at the first mistake has built what was counted
 * up to there.
 */
export function jsonBeyond(bytes: Uint8Array, {depth, values}: JsonBounds): keyof JsonBounds | null {
  let open = 0;
  let count = 0;
  /** Within a number or a literal, which what comes next belongs to. */
  let inToken = false;
  for (let at = 0; at < bytes.length; at++) {
    const kind = KIND[bytes[at]!]!;
    if (kind === OTHER) {
      if (!inToken && ++count > values) return 'values';
      inToken = true;
      continue;
    }
    inToken = false;
    if (kind === STRING) {
      if (++count > values) return 'values';
      for (at++; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
    } else if (kind === OPENS) {
      if (++count > values) return 'values';
      if (++open > depth) return 'depth';
    } else if (kind === CLOSES) open--;
  }
  return null;
}
