import {expect, test} from 'vitest';
import {sortedQuantile} from '../../../../core/evaluation/statistics/quantile.ts';

test('quantiles: numpy.quantile([1, 2, 4, 8], [0, .3, .5, 1])', () => {
  expect([0, 0.3, 0.5, 1].map((p) => sortedQuantile([1, 2, 4, 8], p))).toEqual([1, 1.9, 3, 8]);
});
