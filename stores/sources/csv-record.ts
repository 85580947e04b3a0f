const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

/** How a file separates its values and records. */
export interface Dialect {
  /** The byte between values. */
  readonly delimiter: number;
  /** Lines end with CR alone, as old Macs wrote them; else with LF or CRLF, also both in one file. */
  readonly cr: boolean;
}

/** `more`: the record's end is not among the bytes. `open`: a quote opens in its first line and is not closed. */
export type Scan =
  | {readonly status: 'record'; readonly fields: readonly string[]; readonly next: number}
  | {readonly status: 'more'}
  | {readonly status: 'open'};

/**
 * The record at `start`, which is within `bytes`; `next` is where the following one starts. `last`: nothing comes after these
 * bytes. RFC 4180, and two things that real files do: a quote inside a value that did not start with one is a character, and
 * so are those of a value that goes on behind its closing quote (`"5" nail`). Over a line break nobody means the latter: the
 * quote that seems to close such a value opens a later one.
 */
export function scanRecord(bytes: Buffer, start: number, last: boolean, dialect: Dialect): Scan {
  const fields: string[] = [];
  for (let at = start; ;) {
    let text = '';
    if (bytes[at] === QUOTE) {
      const close = closingQuote(bytes, at + 1, last);
      if (close === -1) return {status: last ? 'open' : 'more'};
      const value = bytes.toString('utf8', at + 1, close).replaceAll('""', '"');
      const ends = lineEnd(bytes, close + 1, last, dialect);
      if (ends === undefined) return {status: 'more'};
      const closed = close + 1 === bytes.length || bytes[close + 1] === dialect.delimiter || ends > 0;
      if (!closed && /[\r\n]/.test(value)) return {status: 'open'};
      text = closed ? value : `"${value}"`;
      at = close + 1;
    }
    const end = valueEnd(bytes, at, last, dialect);
    if (end === undefined) return {status: 'more'};
    fields.push(text + bytes.toString('utf8', at, end.at));
    at = end.at + end.length;
    if (!end.delimiter) return {status: 'record', fields, next: at};
  }
}

/** Behind the end of the line that `at` is in, whatever quotes there are; -1 where that end is not among the bytes. */
export function nextLine(bytes: Buffer, at: number, {cr}: Dialect): number {
  return bytes.indexOf(cr ? CR : LF, at) + 1 || -1;
}

/** How many lines end in these bytes. */
export function countLines(bytes: Buffer, {cr}: Dialect): number {
  const end = cr ? CR : LF;
  let lines = 0;
  for (let at = bytes.indexOf(end); at !== -1; at = bytes.indexOf(end, at + 1)) lines++;
  return lines;
}

/** Where the quoted value that starts at `at` is closed; -1 if it is not, or if more bytes have to tell. */
function closingQuote(bytes: Buffer, at: number, last: boolean): number {
  for (let quote = bytes.indexOf(QUOTE, at); quote !== -1; quote = bytes.indexOf(QUOTE, quote + 2)) {
    if (quote + 1 === bytes.length && !last) return -1;
    if (bytes[quote + 1] !== QUOTE) return quote;
  }
  return -1;
}

/** Where an unquoted value ends, and by how many bytes of what; undefined if more bytes have to tell. */
function valueEnd(
  bytes: Buffer,
  from: number,
  last: boolean,
  dialect: Dialect,
): {at: number; length: number; delimiter: boolean} | undefined {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === dialect.delimiter) return {at, length: 1, delimiter: true};
    if (byte !== LF && byte !== CR) continue;
    const length = lineEnd(bytes, at, last, dialect);
    if (length === undefined) return undefined;
    if (length > 0) return {at, length, delimiter: false};
  }
  return last ? {at: bytes.length, length: 0, delimiter: false} : undefined;
}

/** Bytes of the line end at `at`, 0 where there is none; undefined if more bytes have to tell. */
function lineEnd(bytes: Buffer, at: number, last: boolean, {cr}: Dialect): number | undefined {
  if (bytes[at] === LF) return cr ? 0 : 1;
  if (bytes[at] !== CR) return 0;
  if (cr) return 1;
  if (at + 1 === bytes.length) return last ? 1 : undefined;
  return bytes[at + 1] === LF ? 2 : 0;
}
