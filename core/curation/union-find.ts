/** Disjoint sets over 0…n−1, four bytes each; a set's root is its smallest member. */
export class UnionFind {
  readonly #parent: Uint32Array;
  readonly #size: Uint32Array;

  constructor(n: number) {
    this.#parent = Uint32Array.from({length: n}, (_, i) => i);
    this.#size = new Uint32Array(n).fill(1);
  }

  /** The smallest member of i's set. */
  root(i: number): number {
    const parent = this.#parent;
    let at = i;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  }

  /** Members of i's set. */
  size(i: number): number {
    return this.#size[this.root(i)]!;
  }

  /** Joins the sets of i and j, unless together they would hold more than `most`; says whether they are one now. */
  join(i: number, j: number, most = Infinity): boolean {
    const a = this.root(i);
    const b = this.root(j);
    if (a === b) return true;
    const size = this.#size[a]! + this.#size[b]!;
    if (size > most) return false;
    const root = Math.min(a, b);
    this.#parent[Math.max(a, b)] = root;
    this.#size[root] = size;
    return true;
  }
}
