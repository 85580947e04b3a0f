import type {Observation} from '../../../../core/evaluation/gates/measure.ts';
import {quantileMeasure} from '../../../../core/evaluation/gates/quantile-measure.ts';
import {normalQuantile} from '../../../../core/evaluation/statistics/normal.ts';
import type {Random} from '../../../../core/evaluation/statistics/random.ts';
import {correlated, large, lognormal, lostTogether, observed, ofSize, single} from '../draws.ts';
import {type GateCell} from './gate-cell.ts';

export function quantiles(): GateCell[] {
  return [slowNonInferiority(), slowLimit(), clusterOverLimit(), median(), clusteredMedian()];
}

/** 95th percentile of exp(5 + .3 z), four times that in 6 % of cases: by bisection of its distribution function. */
const SLOW_P95 = 445.1531347;

function slowNonInferiority(): GateCell {
  return {
    decision: 'non-inferiority of a 95th percentile',
    measure: quantileMeasure(0.95),
    gate: {test: 'non-inferiority', margin: SLOW_P95 - Math.exp(5 + 0.3 * normalQuantile(0.95))},
    shape: 'heavy-tailed',
    sizes: [30, 72, 100, 400],
    samples: '6 % of answers four times as slow, harm = margin',
    draw: (n, random) => ({
      stable: times(n, random, () => lognormal(5, 0.3, random)),
      candidate: times(n, random, () => slow(random)),
    }),
  };
}

function slowLimit(): GateCell {
  return {
    decision: 'at-most of a 95th percentile',
    measure: quantileMeasure(0.95),
    gate: {test: 'at-most', limit: SLOW_P95},
    shape: 'heavy-tailed',
    sizes: [30, 59, 100, 400],
    samples: '6 % of answers four times as slow, truth = limit',
    draw: (n, random) => ({candidate: times(n, random, () => slow(random))}),
  };
}

function clusterOverLimit(): GateCell {
  return {
    decision: 'at-most of a 95th percentile',
    measure: quantileMeasure(0.95),
    gate: {test: 'at-most', limit: 500},
    shape: 'clustered',
    sizes: [1000],
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
  };
}

function median(): GateCell {
  return {
    decision: 'superiority of a median',
    measure: quantileMeasure(0.5),
    gate: {test: 'superiority'},
    shape: 'bounded',
    sizes: [30, 100, 400],
    samples: 'lognormal times of the same questions, no difference',
    draw: (n, random) => {
      const base = Array.from({length: n}, () => 0.4 * random.normal());
      const side = (): Observation[] => times(n, random, (i) => lognormal(5 + base[i]!, 0.3, random));
      return {stable: side(), candidate: side()};
    },
  };
}

function clusteredMedian(): GateCell {
  return {
    decision: 'at-most of a median',
    measure: quantileMeasure(0.5),
    gate: {test: 'at-most', limit: Math.exp(5)},
    shape: 'clustered',
    sizes: [40, 200],
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
  };
}

/** Times in ms, each a cluster of its own. */
function times(n: number, random: Random, draw: (i: number) => number): Observation[] {
  return observed(
    Array.from({length: n}, (_, i) => [draw(i)]),
    single(n, random),
  );
}

/** exp(5 + .3 z), and the slowest 6 % take four times as long, so the 95th percentile lies among them. */
function slow(random: Random): number {
  return lognormal(5, 0.3, random) * (random.next() < 0.06 ? 4 : 1);
}
