import {mix, wordHashes} from './words.ts';

const GOLDEN_RATIO = 0x9e3779b1;

/**
 * The set of a text's shingles: hashes of every `size` consecutive words, sorted, each once. A text with fewer words is one
 * shingle, all of it; a text without words has none. Give `comparable` text. 32-bit hashes: two different shingles of a pair
 * of texts with a thousand each are taken for equal once in some 4,000 pairs, which moves their Jaccard by a thousandth.
 */
export function shingles(text: string, size: number): Uint32Array {
  const words = wordHashes(text);
  if (words.length === 0) return words;
  const count = Math.max(1, words.length - size + 1);
  const width = Math.min(size, words.length);
  const set = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    let hash = width;
    for (let j = i; j < i + width; j++) hash = Math.imul(hash ^ words[j]!, GOLDEN_RATIO) + j - i;
    set[i] = mix(hash);
  }
  return unique(set.sort());
}

function unique(sorted: Uint32Array): Uint32Array {
  let kept = 0;
  for (let i = 0; i < sorted.length; i++)
    if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[kept++] = sorted[i]!;
  return sorted.slice(0, kept);
}

/** |A ∩ B| / |A ∪ B| of two shingle sets (sorted, unique); two empty sets are unlike. */
export function jaccard(a: Uint32Array, b: Uint32Array): number {
  let i = 0;
  let j = 0;
  let both = 0;
  while (i < a.length && j < b.length) {
    const left = a[i]!;
    const right = b[j]!;
    if (left === right) both++;
    if (left <= right) i++;
    if (right <= left) j++;
  }
  const either = a.length + b.length - both;
  return either === 0 ? 0 : both / either;
}

/** Random permutations of 32-bit hashes: x → (a·x + b) mod 2³², a odd, after a fixed mixing of x. */
export interface Permutations {
  readonly multipliers: Int32Array;
  readonly offsets: Int32Array;
}

/** The same `count` and `seed` give the same permutations everywhere. Throws RangeError if count < 1. */
export function permutations(count: number, seed = 1): Permutations {
  if (!(count >= 1)) throw new RangeError(`expected at least one permutation, got ${count}`);
  const multipliers = new Int32Array(count);
  const offsets = new Int32Array(count);
  let state = seed >>> 0;
  const next = (): number => mix((state = (state + 0x6d2b79f5) >>> 0));
  for (let i = 0; i < count; i++) {
    multipliers[i] = next() | 1;
    offsets[i] = next();
  }
  return {multipliers, offsets};
}

/**
 * MinHash signature: Uint32Array, one minimum a permutation. Two signatures agree in a place with the probability of the
 * sets' Jaccard similarity; the share of agreeing places estimates it with variance J(1−J)/count. Broder 1997. An empty set
 * has a signature of 2³²−1.
 */
export function signature(set: Uint32Array, {multipliers, offsets}: Permutations): Uint32Array {
  const count = multipliers.length;
  const minima = new Uint32Array(count).fill(0xffffffff);
  for (let p = 0; p < count; p++) {
    const a = multipliers[p]!;
    const b = offsets[p]!;
    let least = 0xffffffff;
    for (let i = 0; i < set.length; i++) {
      let hash = Math.imul(set[i]!, a) + b;
      hash = Math.imul(hash ^ (hash >>> 15), GOLDEN_RATIO) >>> 0;
      if (hash < least) least = hash;
    }
    minima[p] = least;
  }
  return minima;
}

/** Share of places in which two signatures agree: the estimate of their sets' Jaccard similarity. */
export function similarity(a: Uint32Array, b: Uint32Array): number {
  let equal = 0;
  for (let i = 0; i < a.length; i++) if (a[i] === b[i]) equal++;
  return equal / a.length;
}
