import {findAll} from '../../core/curation/pii/scrub.ts';
import type {Guardrails} from './guardrails.ts';

/**
 * Longer than any piece of personal data that holds white space (a card or IBAN in groups, a telephone number). Pieces
 * without white space (addresses, URLs) never straddle a cut, since cuts are made at white space.
 */
const HELD_BACK = 80;

/**
 * Guards a streamed answer: pieces leave as soon as no later piece can change what they are, cut at white space, at least
 * 80 characters behind the end where answers are scrubbed. What left, joined, is what the whole answer would have been.
 */
export class StreamGuard {
  readonly #guard: Guardrails;
  /** What came, as far as it can be seen. */
  #text = '';
  #sent = 0;
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
    if (this.#sent === 0) this.#text = this.#text.trimStart();
    const end = this.#guard.scrubsOutput ? this.#safeEnd() : this.#text.trimEnd().length;
    return this.#take(end);
  }

  /** The rest. */
  end(): string {
    this.#text += this.#half;
    this.#half = '';
    return this.#take(this.#text.trimEnd().length);
  }

  #safeEnd(): number {
    const limit = this.#text.length - HELD_BACK;
    let end = limit <= this.#sent ? this.#sent : this.#text.slice(0, limit).search(/\s\S*$/);
    if (end <= this.#sent) return this.#sent;
    for (const {start, end: stop} of findAll(this.#text, this.#guard.scrubOptions.entities))
      if (start < end && end <= stop) end = start;
    return Math.max(end, this.#sent);
  }

  #take(end: number): string {
    if (end <= this.#sent) return '';
    const piece = this.#text.slice(this.#sent, end);
    this.#sent = end;
    return this.#guard.answer(piece);
  }
}
