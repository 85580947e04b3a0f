import {comparable, mix, wordHashes} from './words.ts';

export interface Overlap {
  /** The golden item it overlaps with most. */
  readonly golden: string;
  /** Shared n-grams over those of the shorter of the two, 0 to 1; 1 for a text with fewer words than n that the other holds. */
  readonly share: number;
}

/** A text of fewer words is said by chance: it counts only where it is all of both. */
const MIN_WORDS = 5;
/** A short item counts where it is at least this share of a text's words: in a longer one it may be a signature. */
const MIN_SHARE = 0.5;

/**
 * Word n-grams of golden items, to find what overlaps with them (13-grams as in lm-evaluation-harness and GPT-3, appendix C;
 * counted a pair of texts). A text with fewer words than n has no n-gram and would be missed: it is looked for as a whole, a
 * row in any item, and an item in rows that say little else.
 */
export class GoldenIndex {
  readonly #n: number;
  readonly #items: {readonly id: string; readonly words: Uint32Array; readonly grams: number}[] = [];
  readonly #grams = new Map<number, number[]>();
  /** Items with fewer words than n, by their first words: all of them, at most MIN_WORDS. */
  readonly #short = new Map<number, number[]>();
  /** Grams of all items, by how many words a gram has; made when a text of so many words is asked for. */
  readonly #sized = new Map<number, Map<number, number[]>>();

  constructor({ngramWords}: {ngramWords: number}) {
    this.#n = ngramWords;
  }

  get size(): number {
    return this.#items.length;
  }

  add(id: string, text: string): void {
    const words = wordHashes(comparable(text));
    const grams = ngrams(words, this.#n);
    const item = this.#items.push({id, words, grams: grams.size}) - 1;
    for (const hash of grams) addTo(this.#grams, hash, item);
    if (grams.size === 0) addTo(this.#short, gram(words, 0, Math.min(words.length, MIN_WORDS)), item);
    this.#sized.clear();
  }

  /** The golden item that shares most with this text, if it is at least `atLeast` of the shorter one. */
  overlap(text: string, atLeast: number): Overlap | null {
    const words = wordHashes(comparable(text));
    if (words.length === 0) return null;
    let best: Overlap | null = null;
    for (const [item, share] of this.#shares(words)) {
      const golden = this.#items[item]!.id;
      if (share >= atLeast && (!best || share > best.share || (share === best.share && golden < best.golden)))
        best = {golden, share};
    }
    return best;
  }

  /** What every golden item shares with these words, where it shares anything. */
  #shares(words: Uint32Array): Map<number, number> {
    const shares = new Map<number, number>();
    for (const item of this.#shortWithin(words)) shares.set(item, 1);
    if (words.length < this.#n) {
      for (const item of this.#holdersOf(words)) shares.set(item, 1);
      return shares;
    }
    const grams = ngrams(words, this.#n);
    const shared = new Map<number, number>();
    for (const hash of grams)
      for (const item of this.#grams.get(hash) ?? []) shared.set(item, (shared.get(item) ?? 0) + 1);
    for (const [item, count] of shared)
      shares.set(item, count / Math.min(grams.size, this.#items[item]!.grams));
    return shares;
  }

  /** Golden items of fewer than n words that these words hold, and mean; of fewer than MIN_WORDS, that they are. */
  *#shortWithin(words: Uint32Array): Generator<number> {
    if (this.#short.size === 0 || MIN_SHARE * words.length >= this.#n) return;
    if (words.length < MIN_WORDS) {
      yield* this.#short.get(gram(words, 0, words.length)) ?? [];
      return;
    }
    for (let at = 0; at + MIN_WORDS <= words.length; at++)
      for (const item of this.#short.get(gram(words, at, at + MIN_WORDS)) ?? [])
        if (this.#isHeld(item, words, at)) yield item;
  }

  #isHeld(item: number, words: Uint32Array, at: number): boolean {
    const {words: short} = this.#items[item]!;
    return short.length >= MIN_SHARE * words.length && startsWith(words, at, short);
  }

  /** Golden items that hold all of these words, fewer than n, in a row. */
  #holdersOf(words: Uint32Array): readonly number[] {
    if (words.length < MIN_WORDS) return [];
    let grams = this.#sized.get(words.length);
    if (!grams) {
      this.#sized.set(words.length, (grams = new Map<number, number[]>()));
      for (const [item, {words: golden}] of this.#items.entries())
        for (const hash of ngrams(golden, words.length)) addTo(grams, hash, item);
    }
    return grams.get(gram(words, 0, words.length)) ?? [];
  }
}

function addTo(lists: Map<number, number[]>, key: number, item: number): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

/** Whether words[at, …) begins with all of these. */
function startsWith(words: Uint32Array, at: number, start: Uint32Array): boolean {
  return at + start.length <= words.length && start.every((word, i) => word === words[at + i]);
}

function ngrams(words: Uint32Array, n: number): Set<number> {
  const grams = new Set<number>();
  for (let i = 0; i + n <= words.length; i++) grams.add(gram(words, i, i + n));
  return grams;
}

/** 53-bit hash of words[from, to). */
function gram(words: Uint32Array, from: number, to: number): number {
  let low = to - from;
  let high = ~low;
  for (let i = from; i < to; i++) {
    low = mix(low ^ words[i]!);
    high = Math.imul(high ^ words[i]!, 0x5bd1e995) + i - from;
  }
  return (mix(high) & 0x1fffff) * 2 ** 32 + low;
}
