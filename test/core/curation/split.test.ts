import {createHash} from 'node:crypto';
import {describe, expect, it} from 'vitest';
import {fraction, splitOfCluster} from '../../../core/curation/split.ts';

const SHARES = {golden: 0.15, traffic: 0.1, validation: 0.05, seed: 7};

describe('splits', () => {
  it('follow the hash of cluster and seed', () => {
    const hash = createHash('sha256').update('easy-ham-1/00001\x007').digest('hex');
    expect(fraction('easy-ham-1/00001\x007')).toBe(parseInt(hash.slice(0, 12), 16) / 2 ** 48);
    const at = fraction('easy-ham-1/00001\x007');
    const expected = at < 0.15 ? 'golden' : at < 0.25 ? 'traffic' : at < 0.3 ? 'validation' : 'train';
    expect(splitOfCluster('easy-ham-1/00001', SHARES)).toBe(expected);
  });

  it('have their shares', () => {
    const n = 20_000;
    const counts = {golden: 0, traffic: 0, validation: 0, train: 0};
    for (let i = 0; i < n; i++) counts[splitOfCluster(`source/${i}`, SHARES)]++;
    for (const [split, share] of [
      ['golden', 0.15],
      ['traffic', 0.1],
      ['validation', 0.05],
      ['train', 0.7],
    ] as const)
      expect(Math.abs(counts[split] / n - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / n));
  });

  it('change with the seed, and by a larger share only into what grew', () => {
    const ids = Array.from({length: 500}, (_, i) => `source/${i}`);
    const at = (shares: typeof SHARES): string[] => ids.map((id) => splitOfCluster(id, shares));
    expect(at({...SHARES, seed: 8})).not.toEqual(at(SHARES));
    const golden = at(SHARES).flatMap((split, i) => (split === 'golden' ? [i] : []));
    const more = at({...SHARES, golden: 0.3});
    expect(golden.every((i) => more[i] === 'golden')).toBe(true);
  });

  it('may be none or all', () => {
    expect(splitOfCluster('x', {golden: 0, traffic: 0, validation: 0, seed: 1})).toBe('train');
    expect(splitOfCluster('x', {golden: 0.8, traffic: 0.8, validation: 0.5, seed: 1})).not.toBe('train');
  });
});
