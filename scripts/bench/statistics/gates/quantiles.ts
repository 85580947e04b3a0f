import type {Observation} from '../../../../core/evaluation/gates/measure.ts';
import {quantileMeasure} from '../../../../core/evaluation/gates/quantile-measure.ts';
import {normalQuantile} from '../../../../core/evaluation/statistics/normal.ts';
import type {Random} from '../../../../core/evaluation/statistics/random.ts';
import {correlated, large, lognormal, lostTogether, observed, ofSize, single} from '../draws.ts';
import {type GateCell} from './gate-cell.ts';

export function quantiles(): GateCell[] {
  const z = normalQuantile(0.95);
  const ms = (values: readonly number[], random: Random): Observation[] =>
    observed(
      values.map((value) => [value]),
      single(values.length, random),
    );
  // Of stable exp(5 + .3 z); the candidate's slowest 6 % take four times as long, so its 95th percentile lies among them.
  const slow = (random: Random): number => lognormal(5, 0.3, random) * (random.next() < 0.06 ? 4 : 1);
  return [
    {
      ...{
        decision: 'non-inferiority of a 95th percentile',
        measure: quantileMeasure(0.95),
        shape: 'heavy-tailed',
        sizes: [30, 72, 100, 400],
      },
      gate: {test: 'non-inferiority', margin: SLOW_P95 - Math.exp(5 + 0.3 * z)},
      samples: '6 % of answers four times as slow, harm = margin',
      draw: (n, random) => ({
        stable: ms(
          Array.from({length: n}, () => lognormal(5, 0.3, random)),
          random,
        ),
        candidate: ms(
          Array.from({length: n}, () => slow(random)),
          random,
        ),
      }),
    },
    {
      ...{
        decision: 'at-most of a 95th percentile',
        measure: quantileMeasure(0.95),
        shape: 'heavy-tailed',
        sizes: [30, 59, 100, 400],
      },
      gate: {test: 'at-most', limit: SLOW_P95},
      samples: '6 % of answers four times as slow, truth = limit',
      draw: (n, random) => ({
        candidate: ms(
          Array.from({length: n}, () => slow(random)),
          random,
        ),
      }),
    },
    {
      ...{
        decision: 'at-most of a 95th percentile',
        measure: quantileMeasure(0.95),
        shape: 'clustered',
        sizes: [1000],
      },
      gate: {test: 'at-most', limit: 500},
      samples: 'one cluster of 8 % is slow as a whole in 65 % of cases, so 5.2 % are slower than the limit',
      draw: (n, random) => {
        const clusters = large(1, 0.08)(n, random);
        return {
          candidate: observed(
            lostTogether(clusters, 0.65, random).map((lost) => [lost ? 1000 : 100 + random.next()]),
            clusters,
          ),
        };
      },
    },
    {
      ...{
        decision: 'superiority of a median',
        measure: quantileMeasure(0.5),
        gate: {test: 'superiority'},
        shape: 'bounded',
        sizes: [30, 100, 400],
      },
      samples: 'lognormal times of the same questions, no difference',
      draw: (n, random) => {
        const base = Array.from({length: n}, () => 0.4 * random.normal());
        const side = (): Observation[] =>
          ms(
            base.map((of) => lognormal(5 + of, 0.3, random)),
            random,
          );
        return {stable: side(), candidate: side()};
      },
    },
    {
      ...{
        decision: 'at-most of a median',
        measure: quantileMeasure(0.5),
        gate: {test: 'at-most', limit: Math.exp(5)},
        shape: 'clustered',
        sizes: [40, 200],
      },
      samples: 'clusters of 4 alike texts, truth = limit',
      draw: (n, random) => {
        const clusters = ofSize(4)(n, random);
        return {
          candidate: observed(
            correlated(clusters, 1, () => lognormal(5, 0.5, random), random).map((v) => [v]),
            clusters,
          ),
        };
      },
    },
  ];
}

/** 95th percentile of exp(5 + .3 z), four times that in 6 % of cases: by bisection of its distribution function. */
const SLOW_P95 = 445.1531347;
