import {comparable, mix, wordHashes} from './words.ts';

export interface Overlap {
  /** The golden item it overlaps with most. */
  readonly golden: string;
  /** Shared n-grams over those of the shorter of the two, 0 to 1; 1 for a short item that is the same. */
  readonly share: number;
}

/**
 * Word n-grams of golden items, to find what overlaps with them (13-grams as in lm-evaluation-harness and GPT-3, appendix C;
 * counted a pair of texts). Items with fewer words than n have no n-gram and would be missed: they match as whole texts.
 */
export class GoldenIndex {
  readonly #n: number;
  readonly #ids: string[] = [];
  readonly #sizes: number[] = [];
  readonly #grams = new Map<number, number[]>();
  readonly #short = new Map<number, number>();

  constructor({ngramWords}: {ngramWords: number}) {
    this.#n = ngramWords;
  }

  get size(): number {
    return this.#ids.length;
  }

  add(id: string, text: string): void {
    const item = this.#ids.push(id) - 1;
    const words = wordHashes(comparable(text));
    const grams = ngrams(words, this.#n);
    this.#sizes.push(grams.size);
    if (grams.size === 0) this.#short.set(gram(words, 0, words.length), item);
    for (const hash of grams) {
      const items = this.#grams.get(hash);
      if (items) items.push(item);
      else this.#grams.set(hash, [item]);
    }
  }

  /** The golden item that shares most with this text, if it is at least `atLeast` of the shorter one. */
  overlap(text: string, atLeast: number): Overlap | null {
    const words = wordHashes(comparable(text));
    if (words.length === 0) return null;
    const grams = ngrams(words, this.#n);
    if (grams.size === 0) {
      const item = this.#short.get(gram(words, 0, words.length));
      return item === undefined ? null : {golden: this.#ids[item]!, share: 1};
    }
    const shared = new Map<number, number>();
    for (const hash of grams)
      for (const item of this.#grams.get(hash) ?? []) shared.set(item, (shared.get(item) ?? 0) + 1);
    let best: Overlap | null = null;
    for (const [item, count] of shared) {
      const share = count / Math.min(grams.size, this.#sizes[item]!);
      const golden = this.#ids[item]!;
      if (share >= atLeast && (!best || share > best.share || (share === best.share && golden < best.golden)))
        best = {golden, share};
    }
    return best;
  }
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
