import {describe, expect, it} from 'vitest';
import {asOf, lookAt} from '../../../core/rollout/looks.ts';

describe('lookAt', () => {
  it('looks first at minSamples, then each time there are half as many more', () => {
    const looks = Array.from({length: 500}, (_, i) => lookAt(i, 40));
    expect([...new Set(looks.map((look) => look?.n ?? null))]).toEqual([
      null,
      40,
      60,
      90,
      135,
      203,
      305,
      458,
    ]);
    expect(lookAt(39, 40)).toBeNull();
    expect(lookAt(100, 40)).toEqual({number: 3, n: 90, error: 0.05 / 12});
    expect(lookAt(1, 1)).toMatchObject({number: 1, n: 1});
  });

  it('shares out 5 % in all, however many looks there are', () => {
    const shares = new Map<number, number>();
    for (let n = 1; n < 1e12; n = Math.ceil(n * 1.4)) {
      const {number, error} = lookAt(n, 1)!;
      shares.set(number, error);
    }
    expect(shares.size).toBeGreaterThan(60);
    const spent = [...shares.values()].reduce((sum, share) => sum + share, 0);
    expect(spent).toBeLessThan(0.05);
    expect(spent).toBeGreaterThan(0.048);
  });

  it('takes a size that is a sum of fractions for what it is meant to be', () => {
    const size = Array.from({length: 10}, () => 0.1).reduce((sum, x) => sum + x, 0) * 40;
    expect(size).toBeLessThan(40);
    expect(lookAt(size, 40)).toMatchObject({number: 1, n: 40});
    expect(lookAt(39.999, 40)).toBeNull();
  });

  it('refuses a first look at nothing', () => {
    expect(() => lookAt(5, 0)).toThrow(RangeError);
  });
});

describe('asOf', () => {
  const at = (...seconds: number[]) => seconds.map((s) => ({at: `2026-01-01T00:00:0${s}Z`}));

  it('takes both sides up to the moment when each had n, in any order', () => {
    expect(asOf(2, at(5, 1, 2, 9), at(3, 6, 8))).toEqual([at(1, 2, 5), at(3, 6)]);
    expect(asOf(2, at(1, 2, 7), at(8, 9))).toEqual([at(1, 2, 7), at(8, 9)]);
  });

  it('by the size that it is given', () => {
    const half = (items: readonly unknown[]) => items.map((_, i) => (i + 1) / 2);
    expect(asOf(2, at(1, 2, 3, 4, 5), at(1, 2, 3, 6, 7), half)).toEqual([at(1, 2, 3, 4, 5), at(1, 2, 3, 6)]);
  });
});
