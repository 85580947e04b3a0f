import {describe, expect, it} from 'vitest';
import {clusteredMean, type ClusteredEstimate} from '../../../../core/evaluation/statistics/clustered.ts';
import {
  clopperPearson,
  effectiveSampleSize,
  wilson,
} from '../../../../core/evaluation/statistics/proportion.ts';

/** Expected values: statsmodels 0.15.0, proportion_confint(k, n, .05, 'wilson' | 'beta'). */
describe('intervals of a proportion agree with statsmodels', () => {
  it.each([
    [0, 10, 0, 0.27753279986288926],
    [3, 10, 0.10779126740630104, 0.6032218525388546],
    [74, 80, 0.8458798391878072, 0.9651747507069949],
    [215, 220, 0.9479098995067322, 0.9902541077615473],
    [10, 10, 0.7224672001371106, 1],
    [0, 300, 0, 0.01264297122454604],
  ])('wilson(%d, %d)', (k, n, low, high) => {
    expect(wilson(k, n).low).toBeCloseTo(low, 12);
    expect(wilson(k, n).high).toBeCloseTo(high, 12);
  });

  it.each([
    [0, 10, 0, 0.30849710781876083],
    [3, 10, 0.06673951117773447, 0.6524528500599973],
    [74, 80, 0.8438720682639278, 0.9719794538231588],
    [215, 220, 0.9477619508639178, 0.9925802786611079],
    [10, 10, 0.6915028921812392, 1],
    [0, 300, 0, 0.012220974694293554],
  ])('clopperPearson(%d, %d)', (k, n, low, high) => {
    expect(clopperPearson(k, n).low).toBeCloseTo(low, 11);
    expect(clopperPearson(k, n).high).toBeCloseTo(high, 11);
  });

  it('0 of 300 still allows 1 %: the one-sided 95 % bound', () => {
    expect(clopperPearson(0, 300, 0.9).high).toBeCloseTo(0.009936081944457711, 11);
  });

  it('clustered items are worth fewer independent ones, and never more than there are', () => {
    const p = 0.9;
    const independent = Math.sqrt((p * (1 - p)) / 199);
    const share = (clusters: number, standardError: number): ClusteredEstimate => ({
      value: p,
      standardError,
      n: 200,
      clusters,
      df: clusters - 1,
      effectiveClusters: clusters,
    });
    expect(effectiveSampleSize(share(200, independent))).toBeCloseTo(200, 6);
    expect(effectiveSampleSize(share(50, 2 * independent))).toBeLessThan(51);
    expect(effectiveSampleSize(share(50, independent / 2))).toBe(200);
  });

  it('none or all of them: what their clusters are worth, n² / Σ size²', () => {
    const clusters = ['a', 'a', 'b', 'b', 'c', 'd'];
    const none = clusters.map(() => 0);
    expect(effectiveSampleSize(clusteredMean(none, clusters))).toBeCloseTo(36 / 10, 12);
    expect(effectiveSampleSize(clusteredMean([1, 1, 1, 1, 1, 1], clusters))).toBeCloseTo(36 / 10, 12);
    expect(effectiveSampleSize(clusteredMean([0, 1, 0, 1], ['a', 'a', 'a', 'a']))).toBe(1);
  });

  it('refuses more successes than items', () => expect(() => wilson(3, 2)).toThrow(RangeError));
});
