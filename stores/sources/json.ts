import {RatchetError} from '../../schemas/errors.ts';
import type {Entry, FormatReader} from './entry.ts';
import {MAX_OBJECT, parseObject} from './json-object.ts';

/**
 * One JSON list of objects (RFC 8259), UTF-8 with or without BOM, as APIs and many datasets come. It is read object by object,
 * so a file may be larger than memory. Commas are not checked. Integers beyond 2^53 are texts, so that ids stay exact.
 */
export const json: FormatReader = {
  extensions: ['.json'],
  async *read(place, file) {
    const list = new ListScan({at: 'before', offset: 0, line: 1});
    for await (const chunk of place.stream(file)) {
      yield* list.scan(chunk);
      if (list.noList !== null)
        throw new RatchetError(
          'InvalidInput',
          `${file} of ${place.uri} is no JSON list of objects: expected [ first, but ${list.noList} came. If there is one object on each line, write format: jsonl; if the list is within an object, take it out, as jq .rows does`,
        );
    }
    yield* list.end();
  },
  async *reread(place, file, positions) {
    const {offset, line} = positions[0]!;
    const last = positions.at(-1)!;
    const list = new ListScan({at: 'between', offset, line});
    for await (const chunk of place.stream(file, offset, last.offset + last.length)) yield* list.scan(chunk);
  },
};

const BOM = [0xef, 0xbb, 0xbf];
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const COMMA = 0x2c;
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

type At = 'before' | 'between' | 'element' | 'word' | 'after';

/** Finds the elements of a list in its bytes, wherever these are cut. Everything that has a meaning is one byte in UTF-8. */
class ListScan {
  /** What came where the list should begin. */
  noList: string | null = null;
  #at: At;
  #offset: number;
  #line: number;
  /** Of the element that is being read. */
  #start = {offset: 0, line: 0};
  #depth = 0;
  #quoted = false;
  #escaped = false;
  #held: Uint8Array[] = [];
  #length = 0;

  constructor({at, offset, line}: {at: At; offset: number; line: number}) {
    this.#at = at;
    this.#offset = offset;
    this.#line = line;
  }

  *scan(chunk: Uint8Array): Generator<Entry, void, undefined> {
    // Of an element that goes on from the chunk before, the first byte here is its next.
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (this.#at === 'word' && endsWord(byte)) yield* this.#take(chunk.subarray(from, i));
      if (this.#at === 'element') {
        this.#within(byte);
        if (this.#depth === 0 && !this.#quoted) yield* this.#take(chunk.subarray(from, i + 1));
      } else if (this.#at !== 'word') {
        if (this.#begins(byte, this.#offset + i)) from = i;
        if (this.noList !== null) return;
      }
      if (byte === NEWLINE) this.#line++;
    }
    this.#offset += chunk.length;
    if (this.#at === 'element' || this.#at === 'word') this.#hold(chunk.subarray(from));
  }

  /** What is not complete where the file ends. */
  *end(): Generator<Entry, void, undefined> {
    const cut = this.#at === 'element' || this.#at === 'word';
    if (this.#at === 'before' || (this.#at === 'after' && this.#length === 0)) return;
    const reason = this.#at === 'after' ? 'text behind the end of the list' : 'the file ends within the list';
    const start = cut || this.#at === 'after' ? this.#start : {offset: this.#offset, line: this.#line};
    yield {...start, length: this.#length, status: 'malformed', reason, bytes: Buffer.concat(this.#held)};
  }

  /** Whether an element begins with this byte. */
  #begins(byte: number, offset: number): boolean {
    if (isSpace(byte) || (this.#at === 'before' && byte === BOM[offset])) return false;
    if (this.#at === 'before') {
      if (byte !== OPEN_LIST) this.noList = byteInWords(byte);
      this.#at = 'between';
      return false;
    }
    if (this.#at === 'after') {
      if (this.#length++ === 0) this.#start = {offset, line: this.#line};
      return false;
    }
    if (byte === COMMA) return false;
    if (byte === CLOSE_LIST) {
      this.#at = 'after';
      return false;
    }
    this.#start = {offset, line: this.#line};
    this.#depth = 0;
    this.#quoted = this.#escaped = false;
    const opens = byte === OPEN_OBJECT || byte === OPEN_LIST || byte === QUOTE;
    this.#at = opens ? 'element' : 'word';
    if (opens) this.#within(byte);
    return true;
  }

  #within(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (this.#quoted) {
      // No string of JSON holds a line break: what is not closed costs the rest of its line.
      if (byte === QUOTE || byte === NEWLINE) this.#quoted = false;
      else if (byte === BACKSLASH) this.#escaped = true;
    } else if (byte === QUOTE) this.#quoted = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.#depth++;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) this.#depth--;
  }

  #hold(rest: Uint8Array): void {
    // Of an element that is too long, its length is enough.
    if (this.#length <= MAX_OBJECT) this.#held.push(rest);
    this.#length += rest.length;
  }

  *#take(rest: Uint8Array): Generator<Entry, void, undefined> {
    this.#hold(rest);
    const position = {...this.#start, length: this.#length};
    const bytes = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held);
    this.#held = [];
    this.#length = 0;
    this.#at = 'between';
    const entry = parseObject(bytes, position, 'an object');
    if (entry) yield entry;
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === NEWLINE || byte === 0x0d;
}

/** Behind a number, a word, or what is none. */
function endsWord(byte: number): boolean {
  return isSpace(byte) || byte === COMMA || byte === CLOSE_LIST;
}

function byteInWords(byte: number): string {
  return byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `the byte 0x${byte.toString(16)}`;
}
