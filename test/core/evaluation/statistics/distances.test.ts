import * as simple from 'simple-statistics';
import {describe, expect, it} from 'vitest';
import {
  jensenShannonDistance,
  jensenShannonDivergence,
} from '../../../../core/evaluation/statistics/jensen-shannon.ts';
import {
  kolmogorovSmirnov,
  kolmogorovTail,
} from '../../../../core/evaluation/statistics/kolmogorov-smirnov.ts';
import {benjaminiHochberg, holm} from '../../../../core/evaluation/statistics/multiple-testing.ts';
import {pairedPermutationTest, permutationTest} from '../../../../core/evaluation/statistics/permutation.ts';
import {histogram, psi, quantileEdges} from '../../../../core/evaluation/statistics/population-stability.ts';
import {seededRandom} from '../../../../core/evaluation/statistics/random.ts';
import {wasserstein, wassersteinNormed} from '../../../../core/evaluation/statistics/wasserstein.ts';

const a = [1.1, 2.3, 2.3, 4.2, 5.5, 6.1, 7.7, 3.1];
const b = [2.2, 3.3, 8.1, 9.4, 2.3, 7.7, 10.1];

describe('distances between samples', () => {
  it('Kolmogorov–Smirnov: the statistic of scipy.stats.ks_2samp, the tail of scipy.special.kolmogorov', () => {
    expect(kolmogorovSmirnov(a, b).statistic).toBeCloseTo(0.44642857142857145, 14);
    expect(kolmogorovTail(0.3)).toBeCloseTo(0.9999906941986655, 12);
    expect(kolmogorovTail(0.8)).toBeCloseTo(0.5441424115741981, 12);
    expect(kolmogorovTail(1.36)).toBeCloseTo(0.049485876755377876, 12);
    expect(kolmogorovTail(2)).toBeCloseTo(0.0006709252557796953, 12);
    // scipy.stats.ks_2samp: exact .3728, asymptotic .3021.
    expect(kolmogorovSmirnov(a, b).p).toBeGreaterThan(0.3021);
    expect(kolmogorovSmirnov(a, b).p).toBeLessThan(0.3728);
    expect(kolmogorovSmirnov(a, a).p).toBe(1);
  });

  it('Wasserstein: scipy.stats.wasserstein_distance', () => {
    expect(wasserstein(a, b)).toBeCloseTo(2.123214285714286, 13);
    expect(wasserstein(a, a)).toBe(0);
    expect(wasserstein([0, 0], [1, 1])).toBe(1);
  });

  it('Wasserstein over the standard deviation has no unit', () => {
    const grams = wassersteinNormed(a, b);
    expect(grams).toBeCloseTo(2.123214285714286 / simple.standardDeviation(a), 12);
    expect(
      wassersteinNormed(
        a.map((v) => 1000 * v),
        b.map((v) => 1000 * v),
      ),
    ).toBeCloseTo(grams, 10);
    expect(wassersteinNormed([5, 5], [5, 5])).toBe(0);
    expect(wassersteinNormed([5, 5], [6, 6])).toBe(Infinity);
    // The mean of these is 0.10000000000000002.
    expect(wassersteinNormed([0.1, 0.1, 0.1], [0.2])).toBe(Infinity);
    expect(wassersteinNormed([0.1, 0.1, 0.1], [0.1])).toBe(0);
  });

  it('Jensen–Shannon, base 2: scipy.spatial.distance.jensenshannon', () => {
    expect(jensenShannonDistance([10, 20, 30, 0], [5, 5, 40, 10])).toBeCloseTo(0.4001186344344325, 13);
    expect(jensenShannonDistance([1, 0], [0, 1])).toBe(1);
    expect(jensenShannonDivergence([1, 0], [0, 1])).toBe(1);
    expect(jensenShannonDistance([3, 4], [30, 40])).toBe(0);
  });

  it('PSI: by hand, and finite with an empty bin', () => {
    // Shares .5/.5 against .25/.75: (.25−.5) ln(.5) + (.75−.5) ln(1.5) = .27465
    expect(psi([50, 50], [25, 75])).toBeCloseTo(0.25 * Math.log(3), 12);
    expect(psi([50, 50], [500, 500])).toBe(0);
    // Only the empty bin is smoothed: shares 10/10.5 and .5/10.5 against .5/.5.
    expect(psi([10, 0], [5, 5])).toBeCloseTo((10 / 10.5 - 0.5) * Math.log(20), 12);
    expect(psi([50, 50, 0], [25, 75, 0])).toBe(psi([50, 50], [25, 75]));
    expect(psi([50, 50, 0], [40, 40, 20])).toBeGreaterThan(0.25);
    expect(psi([50, 50, 0], [40, 40, 20])).toBeLessThan(Infinity);
  });

  it('PSI and Jensen–Shannon refuse what are no counts', () => {
    expect(() => psi([0.5, 0.5], [0.25, 0.75])).toThrow('psi: expected counts, got 0.5');
    expect(() => psi([-1, 3], [1, 1])).toThrow(RangeError);
    expect(() => psi([NaN, 3], [1, 1])).toThrow(RangeError);
    expect(() => psi([0, 0], [1, 1])).toThrow(RangeError);
    expect(() => psi([1], [1, 1])).toThrow(RangeError);
    expect(() => jensenShannonDistance([-1, 3], [1, 1])).toThrow(RangeError);
    expect(() => jensenShannonDistance([1, 1], [NaN, 1])).toThrow(RangeError);
  });

  it('quantile edges cut the reference evenly; ties do not make empty bins', () => {
    const edges = quantileEdges([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 5);
    expect(edges).toEqual([2, 4, 6, 8]);
    expect(histogram([1, 2, 2.5, 10, 99, -4], edges)).toEqual([3, 1, 0, 0, 2]);
    expect(quantileEdges([3, 3, 3, 3], 4)).toEqual([]);
    expect(quantileEdges([0, 0, 0, 0, 0, 0, 1, 2], 4)).toEqual([0]);
  });
});

describe('several tests at once: statsmodels.stats.multitest.multipletests', () => {
  const p = [0.01, 0.04, 0.03, 0.005, 0.2];
  it('Holm', () => {
    [0.04, 0.09, 0.09, 0.025, 0.2].forEach((want, i) => expect(holm(p)[i]).toBeCloseTo(want, 14));
  });
  it('Benjamini–Hochberg', () => {
    [0.025, 0.05, 0.05, 0.025, 0.2].forEach((want, i) =>
      expect(benjaminiHochberg(p)[i]).toBeCloseTo(want, 14),
    );
  });
  it('Benjamini–Hochberg: no p is adjusted above one that is larger', () => {
    // By rank .03, .03 and .0201: the last one counts for all.
    for (const adjusted of benjaminiHochberg([0.01, 0.02, 0.0201])) expect(adjusted).toBeCloseTo(0.0201, 14);
    expect(benjaminiHochberg([0.9, 0.95])).toEqual([0.95, 0.95]);
  });
  it('Holm: no p is adjusted below one that is smaller', () => {
    [0.06, 0.06, 0.06].forEach((want, i) => expect(holm([0.02, 0.03, 0.05])[i]).toBeCloseTo(want, 14));
    expect(holm([0.6, 0.7])).toEqual([1, 1]);
  });
});

describe('permutation', () => {
  it('finds a shift and no shift, from the same seed the same p', () => {
    const random = seededRandom(3);
    const x = Array.from({length: 60}, () => random.normal());
    const y = Array.from({length: 60}, () => random.normal() + 1);
    const z = Array.from({length: 60}, () => random.normal());
    const distance = (u: number[], v: number[]): number => wasserstein(u, v);
    expect(permutationTest(x, y, distance, 499, seededRandom(1)).p).toBe(1 / 500);
    const none = permutationTest(x, z, distance, 499, seededRandom(1));
    expect(none.p).toBeGreaterThan(0.05);
    expect(permutationTest(x, z, distance, 499, seededRandom(1))).toEqual(none);
  });

  it('paired: the exact sign-flip p of 4 equal differences is 2/16', () => {
    const result = pairedPermutationTest([1, 1, 1, 1], ['a', 'b', 'c', 'd'], 20_000, seededRandom(5));
    expect(result.p).toBeCloseTo(0.125, 2);
    // One cluster flips as a whole: nothing can be more extreme than what was seen.
    expect(pairedPermutationTest([1, 1, 1, 1], ['a', 'a', 'a', 'a'], 99, seededRandom(5)).p).toBe(1);
  });
});

describe('seeded random numbers', () => {
  it('are uniform, normal, and the same from the same seed', () => {
    const random = seededRandom('x');
    const uniform = Array.from({length: 20_000}, () => random.next());
    expect(simple.mean(uniform)).toBeCloseTo(0.5, 1);
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniform)).toBeLessThan(1);
    const normal = Array.from({length: 20_000}, () => random.normal());
    expect(Math.abs(simple.mean(normal))).toBeLessThan(0.03);
    expect(simple.standardDeviation(normal)).toBeCloseTo(1, 1);
    expect(seededRandom('x').next()).toBe(uniform[0]);
    expect(seededRandom('y').next()).not.toBe(uniform[0]);
  });
});
