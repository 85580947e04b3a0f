import {describe, expect, it} from 'vitest';
import {clusterBootstrap, sortedQuantile} from '../../../../core/evaluation/statistics/bootstrap.ts';
import {clusteredMean} from '../../../../core/evaluation/statistics/clustered.ts';
import {seededRandom} from '../../../../core/evaluation/statistics/random.ts';

const mean = (x: number[]): number => x.reduce((s, v) => s + v, 0) / x.length;

describe('cluster bootstrap', () => {
  const random = seededRandom(11);
  const clusters = Array.from({length: 300}, (_, i) => String(Math.floor(i / 3)));
  const effect = Array.from({length: 100}, () => random.normal());
  const values = clusters.map((c) => effect[Number(c)]! + 0.3 * random.normal());

  it('has the clustered standard error, not the naive one', () => {
    const result = clusterBootstrap(values, clusters, mean, 4000, seededRandom(1));
    const robust = clusteredMean(values, clusters).standardError;
    expect(result.standardError / robust).toBeCloseTo(1, 1);
    const naive = clusterBootstrap(
      values,
      values.map((_, i) => String(i)),
      mean,
      4000,
      seededRandom(1),
    );
    expect(naive.standardError).toBeLessThan(0.7 * robust);
  });

  it('quantiles: numpy.quantile([1, 2, 4, 8], [0, .3, .5, 1])', () => {
    expect([0, 0.3, 0.5, 1].map((p) => sortedQuantile([1, 2, 4, 8], p))).toEqual([1, 1.9, 3, 8]);
  });
});
