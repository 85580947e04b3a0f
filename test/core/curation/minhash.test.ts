import {describe, expect, it} from 'vitest';
import {bandKeys, candidateProbability} from '../../../core/curation/lsh.ts';
import {jaccard, permutations, shingles, signature, similarity} from '../../../core/curation/minhash.ts';
import {comparable} from '../../../core/curation/words.ts';
import {random, realMails} from './mails.ts';

/** Shingles as strings and JavaScript sets: the definition, slow and by other means. */
function stringShingles(text: string, size: number): Set<string> {
  const words = text.toLowerCase().match(/[a-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff]+/g) ?? [];
  if (words.length === 0) return new Set();
  if (words.length < size) return new Set([words.join(' ')]);
  return new Set(Array.from({length: words.length - size + 1}, (_, i) => words.slice(i, i + size).join(' ')));
}
function setJaccard(a: Set<string>, b: Set<string>): number {
  const both = [...a].filter((shingle) => b.has(shingle)).length;
  return both === 0 ? 0 : both / (a.size + b.size - both);
}

/** Two random sets with `both` common members and `each` of their own: Jaccard both / (both + 2 each). */
function pair(both: number, each: number, next: () => number): [Uint32Array, Uint32Array] {
  const draw = (n: number): number[] => Array.from({length: n}, () => Math.floor(next() * 2 ** 32));
  const common = draw(both);
  const set = (own: number[]): Uint32Array => Uint32Array.from([...common, ...own]).sort();
  return [set(draw(each)), set(draw(each))];
}

describe('shingles', () => {
  it('are every so many consecutive words, each once, sorted', () => {
    expect(shingles('the quick brown fox jumps over', 5)).toHaveLength(2);
    expect(shingles('a a a a a a a a', 5)).toHaveLength(1);
    const set = shingles('one two three four five six seven eight', 3);
    expect([...set]).toEqual([...set].sort((a, b) => a - b));
  });

  it('are the whole of a text with fewer words', () => {
    expect(shingles('one two', 5)).toHaveLength(1);
    expect(shingles('one two', 5)).toEqual(shingles('One — two!'.toLowerCase(), 5));
    expect(shingles('one two', 5)).not.toEqual(shingles('two one', 5));
    expect(shingles('', 5)).toHaveLength(0);
  });

  it('give the Jaccard similarity that sets of strings give, on real mails', () => {
    const texts = [...realMails('spam-1', 60), ...realMails('easy-ham-1', 60)].map(({bytes}) =>
      bytes.toString('latin1'),
    );
    const ours = texts.map((text) => shingles(comparable(text), 5));
    const theirs = texts.map((text) => stringShingles(text, 5));
    let alike = 0;
    for (let i = 0; i < texts.length; i++)
      for (let j = 0; j < i; j++) {
        const expected = setJaccard(theirs[i]!, theirs[j]!);
        expect(jaccard(ours[i]!, ours[j]!)).toBeCloseTo(expected, 3);
        if (expected > 0.1) alike++;
      }
    expect(alike).toBeGreaterThan(20);
  });

  it('are unlike where there are none', () => {
    expect(jaccard(new Uint32Array(), new Uint32Array())).toBe(0);
    expect(jaccard(Uint32Array.of(1, 2), Uint32Array.of(1, 2))).toBe(1);
  });
});

describe('MinHash', () => {
  const PLACES = 112;
  const perms = permutations(PLACES);

  it.each([
    [20, 90],
    [50, 50],
    [100, 40],
    [160, 20],
    [190, 5],
  ])('estimates without bias and with the variance of theory: %i common, %i own each', (both, each) => {
    const truth = both / (both + 2 * each);
    const next = random(both);
    const pairs = 1500;
    const errors = Array.from({length: pairs}, () => {
      const [a, b] = pair(both, each, next);
      return similarity(signature(a, perms), signature(b, perms)) - truth;
    });
    const mean = errors.reduce((sum, error) => sum + error, 0) / pairs;
    const variance = errors.reduce((sum, error) => sum + error ** 2, 0) / pairs;
    const theory = (truth * (1 - truth)) / PLACES;
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(theory / pairs));
    // A variance estimated from n samples has a relative error of √(2/n): four of these.
    expect(Math.abs(variance / theory - 1)).toBeLessThan(4 * Math.sqrt(2 / pairs));
  });

  it('is the same for the same set, whatever it came from', () => {
    expect(signature(shingles('a b c d e f', 5), perms)).toEqual(
      signature(shingles('A, b c. d e f'.toLowerCase(), 5), perms),
    );
    expect(permutations(PLACES)).toEqual(perms);
    expect(permutations(PLACES, 2)).not.toEqual(perms);
    expect([...signature(new Uint32Array(), perms)]).toEqual(new Array(PLACES).fill(0xffffffff));
    expect(permutations(1).multipliers).toHaveLength(1);
    expect(() => permutations(0)).toThrow(RangeError);
  });
});

describe('bands', () => {
  it.each([
    [0.7, 70, 15],
    [0.8, 80, 10],
    [0.9, 90, 5],
    [0.5, 100, 50],
  ])('make candidates as often as the S-curve says: Jaccard %f', (truth, both, each) => {
    expect(both / (both + 2 * each)).toBeCloseTo(truth, 10);
    const [bands, rows] = [14, 8];
    const perms = permutations(bands * rows);
    const next = random(both + 7);
    const pairs = 2000;
    let candidates = 0;
    for (let i = 0; i < pairs; i++) {
      const [a, b] = pair(both, each, next).map((set) => bandKeys(signature(set, perms), bands, rows));
      if (a!.some((key, band) => key === b![band])) candidates++;
    }
    const theory = candidateProbability(truth, bands, rows);
    expect(Math.abs(candidates / pairs - theory)).toBeLessThan(
      4 * Math.sqrt((theory * (1 - theory)) / pairs) + 1e-9,
    );
  });

  it('follow the figures that FineWeb publishes for 14 × 8', () => {
    expect(candidateProbability(0.7, 14, 8)).toBeCloseTo(0.565, 3);
    expect(candidateProbability(0.8, 14, 8)).toBeCloseTo(0.924, 3);
    expect(candidateProbability(0.9, 14, 8)).toBeCloseTo(1, 3);
  });

  it('differ between bands of the same values, and are safe integers', () => {
    const keys = bandKeys(new Uint32Array(8).fill(5), 4, 2);
    expect(new Set(keys).size).toBe(4);
    expect([...keys].every(Number.isSafeInteger)).toBe(true);
    expect(() => bandKeys(new Uint32Array(9), 4, 2)).toThrow(RangeError);
  });
});
