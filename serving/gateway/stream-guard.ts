import type {Lookups} from '../../core/curation/pii/recogniser.ts';
import type {Guardrails} from './guardrails.ts';

/**
 * Longer than any piece of personal data that holds white space (a card or IBAN in groups, a telephone number). Pieces
 * without white space (addresses, URLs) never straddle a cut, since cuts are made at white space.
 */
const HELD_BACK = 80;
/**
 * What is kept of the text that has left: the words before a number, and the address before a parameter, say what it is.
 * More than any recogniser looks back.
 */
const CONTEXT = 300;
/**
 * A text that is longer and still all needed (a word without an end, data beside data) is looked at when so much of it has
 * come again, not with every piece: that would take the square of its length.
 */
const UNDIVIDED = 4 * CONTEXT;
const MORE = 1 / 8;
/**
 * Where looking at the text takes long (numbers beside numbers), so many characters come before it is looked at again for each
 * millisecond that it took. A look at most texts takes a tenth of one.
 */
const FOR_A_MILLISECOND = 32;
const MOST_AT_ONCE = 256;
/** Different telephone numbers of an answer that are looked up; each is looked at again with every piece. */
const MAX_LOOKUPS = 5000;

/**
 * Guards a streamed answer: pieces leave as soon as no later piece can change what they are, cut at white space, at least
 * 80 characters behind the end where answers are scrubbed. What left, joined, is what the whole answer would have been.
 */
export class StreamGuard {
  readonly #guard: Guardrails;
  /** What came, as far as it can be seen and still tells what comes is. */
  #text = '';
  /** So many characters of the text as its user may see it have left. */
  #sent = 0;
  #begun = false;
  readonly #lookups: Lookups = {left: MAX_LOOKUPS, known: new Map()};
  /** Characters of the text when it was last looked at. */
  #looked = 0;
  /** Characters that come before it is looked at again. */
  #pause = 0;
  /** The first half of a character that a piece ended in, '' if none. */
  #half = '';

  constructor(guard: Guardrails) {
    this.#guard = guard;
  }

  /** The text that may leave now, '' if none. */
  push(piece: string): string {
    const came = this.#half + piece;
    this.#half = /[\ud800-\udbff]?$/.exec(came)![0];
    this.#text += this.#guard.visible(came.slice(0, came.length - this.#half.length));
    // White space at the beginning is cut off as it is from a whole answer.
    if (!this.#begun) this.#text = this.#text.trimStart();
    const since = this.#text.length - this.#looked;
    if (this.#text.length > UNDIVIDED && since < MORE * this.#looked) return '';
    if (this.#text.length > 2 * CONTEXT && since < this.#pause) return '';
    this.#looked = this.#text.length;
    const began = performance.now();
    const seen = this.#answer(this.#text);
    this.#pause = Math.min(MOST_AT_ONCE, FOR_A_MILLISECOND * (performance.now() - began));
    const end = this.#guard.scrubsOutput
      ? lastSpace(seen, this.#sent, seen.length - HELD_BACK)
      : seen.trimEnd().length;
    return this.#take(seen, end);
  }

  /** The rest. */
  end(): string {
    const seen = this.#answer(this.#text + this.#half);
    return this.#take(seen, seen.trimEnd().length);
  }

  #answer(text: string): string {
    return this.#guard.answer(text, this.#lookups);
  }

  #take(seen: string, end: number): string {
    if (end <= this.#sent) return '';
    const piece = seen.slice(this.#sent, end);
    this.#sent = end;
    this.#begun = true;
    if (this.#text.length > 2 * CONTEXT) this.#forget(seen);
    return piece;
  }

  /** A stream takes as much time for its last piece as for its first: what no longer tells anything goes. */
  #forget(seen: string): void {
    const cut = lastSpace(this.#text, 0, this.#text.length - CONTEXT);
    const gone = this.#answer(this.#text.slice(0, cut));
    const kept = this.#text.slice(cut);
    if (gone.length > this.#sent || gone + this.#answer(kept) !== seen) return;
    this.#text = kept;
    this.#looked = kept.length;
    this.#sent -= gone.length;
  }
}

/** Where the last white space before `before` is, but not before `from`; `from` if there is none. */
function lastSpace(text: string, from: number, before: number): number {
  for (let at = before - 1; at > from; at--) if (/\s/.test(text[at]!)) return at;
  return from;
}
