/** So many of a set's smallest hashes stand for it. */
const SKETCH = 16;
/** Of these, one in so many must be common for two sets to be compared. */
const SHARE = 4;

/**
 * Finds sets that are like one that is given, nearly all of them: by bottom-k sketches, the k smallest hashes of a set
 * (Broder 1997). Of two sets with Jaccard similarity .8, 4 of 16 are common but once in a million pairs; banded signatures
 * of usual size miss one pair in thirteen there.
 */
export class SketchIndex {
  readonly #holders = new Map<number, number[]>();

  /** `set` is sorted, as shingles() gives it. */
  add(item: number, set: Uint32Array): void {
    for (const hash of set.subarray(0, SKETCH)) {
      const holders = this.#holders.get(hash);
      if (holders) holders.push(item);
      else this.#holders.set(hash, [item]);
    }
  }

  /** Items that may be like this set, in the order in which they were added. */
  candidates(set: Uint32Array): number[] {
    const sketch = set.subarray(0, SKETCH);
    const common = new Map<number, number>();
    for (const hash of sketch)
      for (const item of this.#holders.get(hash) ?? []) common.set(item, (common.get(item) ?? 0) + 1);
    const needed = Math.max(1, Math.floor(sketch.length / SHARE));
    return [...common].flatMap(([item, n]) => (n >= needed ? [item] : [])).sort((a, b) => a - b);
  }
}
