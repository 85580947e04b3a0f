import {describe, expect, it} from 'vitest';
import {jaccard} from '../../../core/curation/minhash.ts';
import {separateSplits, type Separated} from '../../../core/curation/separate-splits.ts';
import {SketchIndex} from '../../../core/curation/sketch-index.ts';
import {rowShingles} from '../../../core/curation/fingerprint.ts';
import type {Split} from '../../../schemas/row.ts';
import {random} from './mails.ts';

/** Two random sets of `size`, with `both` common members. */
function pair(both: number, size: number, next: () => number): [Uint32Array, Uint32Array] {
  const draw = (n: number): number[] => Array.from({length: n}, () => Math.floor(next() * 2 ** 32));
  const common = draw(both);
  const set = (): Uint32Array => Uint32Array.from([...common, ...draw(size - both)]).sort();
  return [set(), set()];
}

describe('a sketch index', () => {
  it.each([
    [18, 20],
    [90, 100],
    [450, 500],
  ])('misses no pair at Jaccard .82: %i of %i common', (both, size) => {
    const next = random(size);
    const pairs = 3000;
    const index = new SketchIndex();
    const others = Array.from({length: pairs}, (_, i) => {
      const [one, other] = pair(both, size, next);
      expect(jaccard(one, other)).toBeCloseTo(both / (2 * size - both), 10);
      index.add(i, one);
      return other;
    });
    const found = others.filter((set, i) => index.candidates(set).includes(i)).length;
    expect(found).toBe(pairs);
    // What is unlike is hardly ever compared.
    const compared = others.reduce((sum, set) => sum + index.candidates(set).length, 0);
    expect(compared - found).toBeLessThan(pairs / 100);
  });

  it('compares sets that have 4 of 16 smallest hashes in common, and none with fewer', () => {
    const range = (from: number, n: number): number[] => Array.from({length: n}, (_, i) => from + i);
    const index = new SketchIndex();
    index.add(0, Uint32Array.from(range(0, 40)));
    const sharing = (n: number): Uint32Array => Uint32Array.from([...range(0, n), ...range(1000, 40 - n)]);
    expect(index.candidates(sharing(4))).toEqual([0]);
    expect(index.candidates(sharing(3))).toEqual([]);
    // Of a set with fewer hashes a quarter of those.
    expect(index.candidates(Uint32Array.from([0, 1, ...range(1000, 6)]))).toEqual([0]);
    expect(index.candidates(Uint32Array.from([0, ...range(1000, 7)]))).toEqual([]);
  });

  it('finds small sets, too', () => {
    const index = new SketchIndex();
    index.add(0, Uint32Array.of(5));
    index.add(1, Uint32Array.of(5, 9));
    expect(index.candidates(Uint32Array.of(5))).toEqual([0, 1]);
    expect(index.candidates(Uint32Array.of(7))).toEqual([]);
    expect(index.candidates(new Uint32Array())).toEqual([]);
  });
});

describe('separating splits', () => {
  const words = (from: number, to: number): string =>
    Array.from({length: to - from}, (_, i) => `w${from + i}`).join(' ');
  // Jaccard of the 5-word shingles 86/106; every 13-word sequence that is common is broken by the last words.
  const one = words(0, 100);
  const other = `${words(0, 90)} ${words(500, 510)}`;
  const separate = (
    rows: readonly [id: string, split: Split, text: string][],
    overlap = 1,
  ): Promise<Separated[]> =>
    separateSplits({
      rows: rows.map(([id, split, row]) => ({id, split, row})),
      text: (row) => row,
      shingles: (row) => rowShingles(row, {shingleWords: 5}),
      jaccard: 0.8,
      ngramWords: 13,
      overlap,
    });

  it('takes a near-duplicate out of the split that is learned from', async () => {
    expect(
      await separate([
        ['a', 'train', one],
        ['b', 'validation', other],
        ['c', 'train', words(700, 800)],
      ]),
    ).toEqual([
      {
        at: 0,
        rule: 'near_duplicate',
        reason: 'near-duplicate of validation row b (Jaccard 0.81)',
        survivor: 'b',
      },
    ]);
    expect(
      await separate([
        ['a', 'traffic', one],
        ['b', 'train', other],
      ]),
    ).toMatchObject([{at: 1, survivor: 'a'}]);
    expect(
      await separate([
        ['a', 'traffic', one],
        ['b', 'validation', other],
      ]),
    ).toMatchObject([{at: 0, survivor: 'b'}]);
    expect(
      await separate([
        ['a', 'golden', one],
        ['b', 'validation', other],
      ]),
    ).toMatchObject([{at: 1, rule: 'golden_overlap', survivor: 'a'}]);
  });

  it('leaves rows of one split alone, and golden rows always', async () => {
    expect(
      await separate([
        ['a', 'train', one],
        ['b', 'train', other],
      ]),
    ).toEqual([]);
    expect(
      await separate([
        ['a', 'golden', one],
        ['b', 'golden', other],
      ]),
    ).toEqual([]);
  });

  it('does not drop a row for one that leaves itself', async () => {
    // b leaves for the golden row; c is like b, not like the golden row.
    const far = `${words(20, 90)} ${words(500, 530)}`;
    const rows: [string, Split, string][] = [
      ['g', 'golden', one],
      ['b', 'validation', other],
      ['c', 'train', far],
    ];
    expect((await separate(rows)).map(({at}) => at)).toEqual([1]);
  });
});
