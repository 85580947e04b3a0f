import {describe, expect, it} from 'vitest';
import {blockPermutation, blocksOf, type Series} from '../../../core/drift/blocks.ts';
import {seededRandom} from '../../../core/evaluation/statistics/random.ts';

const random = seededRandom('blocks of drift');
const many = <T>(n: number, make: (i: number) => T): T[] => Array.from({length: n}, (_, i) => make(i));
const series = (values: readonly number[], units?: readonly string[]): Series => ({
  vectors: values.map((value) => [value]),
  units: units ?? values.map(() => null),
});
const unrelated = (n: number) => series(many(n, () => random.normal()));

describe('blocksOf', () => {
  it('makes a block of each item where none says anything of another', () => {
    const {blocks, length, fewest} = blocksOf(unrelated(60), unrelated(40));
    expect(blocks).toEqual(many(100, (i) => [i]));
    expect([length, fewest]).toEqual([1, 40]);
  });

  it('cuts both windows into stretches where neighbours are alike in one of them', () => {
    let level = 0;
    const stretches = series(many(120, (i) => (i % 10 === 0 ? (level = random.normal()) : level)));
    for (const [a, b] of [
      [stretches, unrelated(50)],
      [unrelated(50), stretches],
    ] as const) {
      const {blocks, length, fewest} = blocksOf(a, b);
      expect(length).toBeGreaterThanOrEqual(10);
      expect(fewest).toBe(Math.ceil(50 / length));
      expect(blocks[0]).toEqual(many(Math.min(length, a.vectors.length), (i) => i));
      // No block reaches over both windows, and none is lost.
      for (const block of blocks) expect(block[0]! < a.vectors.length).toBe(block.at(-1)! < a.vectors.length);
      expect(blocks.flat()).toEqual(many(170, (i) => i));
    }
  });

  it('keeps the answers of one user together where those are alike, though others ask in between', () => {
    const levels = many(12, () => random.normal());
    const values = many(120, (i) => levels[i % 12]! + 0.1 * random.normal());
    const shuffled = random.shuffle(many(120, (i) => i));
    const of = series(
      shuffled.map((i) => values[i]!),
      shuffled.map((i) => `user ${i % 12}`),
    );
    const {blocks, length} = blocksOf(of, of);
    expect(length).toBeGreaterThanOrEqual(10);
    for (const block of blocks) expect(new Set(block.map((i) => of.units[i % 120])).size).toBe(1);
    expect(blocks.length).toBe(24);
  });

  it('asks nothing of users who are not alike, and takes who is not known for different ones', () => {
    const of = series(
      many(120, () => random.normal()),
      many(120, (i) => `user ${i % 12}`),
    );
    expect(blocksOf(of, of).length).toBe(1);
    const known = series(many(120, (i) => (i % 2 ? 1 : -1) + 0.1 * random.normal()));
    expect(blocksOf(known, known).length).toBe(1);
  });
});

describe('blockPermutation', () => {
  const p = (
    blocks: readonly (readonly number[])[],
    values: readonly number[],
    n: number,
    permutations = 999,
  ) => {
    const distance = (order: readonly number[]) =>
      Math.abs(order.slice(0, n).reduce((sum, i) => sum + values[i]!, 0));
    const observed = distance(values.map((_, i) => i));
    let deals = 0;
    const counted = (order: readonly number[]) => {
      deals++;
      expect(order).toHaveLength(values.length);
      return distance(order);
    };
    const found = blockPermutation({blocks, observed, distance: counted, permutations, random});
    return {p: found, deals};
  };
  const single = many(40, (i) => [i]);

  it('is small where the windows differ, and never 0', () => {
    const values = many(40, (i) => (i < 20 ? 1 : -1));
    expect(p(single, values, 20)).toEqual({p: 1 / 1000, deals: 999});
  });

  it('stops after 20 deals as extreme: it will not be small any more', () => {
    const values = many(40, (i) => (i < 23 ? 0.2 : 0) + random.normal());
    const found = p(single, values, 20);
    expect(found.deals).toBeGreaterThan(20);
    expect(found.deals).toBeLessThan(999);
    expect(found.p).toBe(20 / found.deals);
  });

  it('deals whole blocks: four of ten cannot say what forty of one would', () => {
    const values = many(40, (i) => (i < 20 ? 1 : -1));
    const blocks = many(4, (b) => many(10, (i) => 10 * b + i));
    // Of the 6 ways to deal two of four, two are as extreme.
    expect(p(blocks, values, 20).p).toBeGreaterThan(0.2);
  });
});
