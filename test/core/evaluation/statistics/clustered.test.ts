import {describe, expect, it} from 'vitest';
import {clusteredMean, clusteredRatio} from '../../../../core/evaluation/statistics/clustered.ts';
import {stratifiedMean} from '../../../../core/evaluation/statistics/stratified.ts';

const values = [1, 0, 1, 1, 0, 0.5, 0.25, 1, 0, 1, 1, 0];
const clusters = ['0', '0', '1', '1', '1', '2', '3', '3', '4', '5', '5', '5'];

/** Expected values: statsmodels 0.15.0, OLS / WLS on a constant with cov_type='cluster'. */
describe('clustered standard errors agree with statsmodels', () => {
  it('mean', () => {
    const mean = clusteredMean(values, clusters);
    expect(mean.value).toBeCloseTo(0.5625, 14);
    expect(mean.standardError).toBeCloseTo(0.06750771560841523, 14);
    expect(mean).toMatchObject({n: 12, clusters: 6});
    // Sizes 2, 3, 1, 2, 1, 3 are worth 12² / 28 clusters of one size.
    expect(mean.df).toBeCloseTo(144 / 28 - 1, 12);
    expect(clusteredMean([1, 0, 1, 1], ['a', 'a', 'b', 'b']).df).toBe(1);
  });

  it('ratio', () => {
    const ratio = clusteredRatio(
      [3.2, 10.1, 4.4, 7.7, 1.2, 8.8],
      [2, 6, 4, 5, 1, 4],
      ['0', '0', '1', '2', '2', '3'],
    );
    expect(ratio.value).toBeCloseTo(1.6090909090909087, 14);
    expect(ratio.standardError).toBeCloseTo(0.16995749383888897, 14);
  });

  it('mean of two strata: the root of the sum of their variances over K²', () => {
    const strata = [...'000000011111'];
    const nested = ['0', '0', '1', '1', '1', '2', '3', '4', '5', '6', '6', '7'];
    const mean = stratifiedMean(values, strata, nested);
    expect(mean.value).toBeCloseTo((0.5357142857142857 + 0.6) / 2, 14);
    expect(mean.standardError).toBeCloseTo(0.1480381210965357, 14);
    // Satterthwaite by hand from the strata's errors .081206 and .284722; sizes 2 3 1 1 and 1 1 2 1.
    const v = [0.08120636997492055 ** 2 / 4, 0.2847220867208348 ** 2 / 4] as const;
    expect(mean.df).toBeCloseTo(
      (v[0] + v[1]) ** 2 / (v[0] ** 2 / (49 / 15 - 1) + v[1] ** 2 / (25 / 7 - 1)),
      10,
    );
  });

  it('a cluster that spans two strata is counted once, not twice', () => {
    const spanning = stratifiedMean([1, 0, 1, 0], ['a', 'a', 'b', 'b'], ['x', 'y', 'x', 'y']);
    const apart = stratifiedMean([1, 0, 1, 0], ['a', 'a', 'b', 'b'], ['x', 'y', 'z', 'w']);
    expect(spanning.standardError).toBeCloseTo(apart.standardError * Math.SQRT2, 14);
  });

  it('a single cluster leaves the error unknown', () => {
    const mean = clusteredMean([1, 0], ['a', 'a']);
    expect(mean.standardError).toBeNaN();
  });

  it('equal values have an error of 0', () => {
    expect(clusteredMean([0.1, 0.1, 0.1], ['a', 'b', 'c']).standardError).toBe(0);
  });
});
