import {meanMeasure} from '../../../../core/evaluation/gates/mean-measure.ts';
import type {Random} from '../../../../core/evaluation/statistics/random.ts';
import {
  correlated,
  large,
  lognormal,
  lostTogether,
  observed,
  ofSize,
  single,
  uneven,
  type Grouping,
} from '../draws.ts';
import {type Sides, type GateCell, TELLING, paired} from './gate-cell.ts';

export function means(): GateCell[] {
  return [...nonInferiority(), wholeClusterLost(), ...superiority(), ...limits(), ...power()];
}

const MEASURE = meanMeasure('higher', [0, 1]);
const NON_INFERIOR = {
  decision: 'non-inferiority of a mean (ROUGE, token F1)',
  measure: MEASURE,
  gate: {test: 'non-inferiority', margin: 0.05},
} as const;

function nonInferiority(): GateCell[] {
  return [
    {
      ...NON_INFERIOR,
      shape: 'bounded',
      sizes: [30, 100, 400],
      samples: 'every answer changes a little, loss = margin .05',
      draw: (n, random) => around(n, random, () => -0.05 + 0.2 * (random.next() - 0.5)),
    },
    {
      ...NON_INFERIOR,
      shape: 'heavy-tailed',
      sizes: [30, 60, 100, 400],
      samples: '5 % of answers lose everything, loss = margin .05',
      trials: TELLING,
      draw: (n, random) => {
        const pairs = Array.from({length: n}, (): [number[], number[]] => {
          const lost = random.next() < 0.05;
          return [[1], [lost ? 0 : 1]];
        });
        return paired(pairs, single(n, random));
      },
    },
    {
      ...NON_INFERIOR,
      shape: 'clustered',
      sizes: [60, 240],
      samples: 'clusters of 4 that lose together, loss = margin .05',
      draw: (n, random) => around(n, random, () => seldom(0.1, random), ofSize(4), 0.9),
    },
    {
      ...NON_INFERIOR,
      shape: 'clustered',
      sizes: [100, 400],
      samples: 'one cluster in ten has 10 items, which lose together, loss = margin .05',
      draw: (n, random) => around(n, random, () => seldom(0.1, random), uneven, 1),
    },
    {
      ...NON_INFERIOR,
      shape: 'tiny',
      sizes: [2, 5, 10, 30],
      samples: 'answers alike but 1 in 20, which loses everything, loss = margin .05',
      draw: (n, random) => around(n, random, () => seldom(0.1, random)),
    },
  ];
}

function wholeClusterLost(): GateCell {
  return {
    ...NON_INFERIOR,
    gate: {test: 'non-inferiority', margin: 0.01},
    shape: 'clustered',
    sizes: [2000],
    samples: 'one cluster of 5 % loses .4 as a whole half the time, loss = margin .01',
    draw: (n, random) => {
      const clusters = large(1, 0.05)(n, random);
      return paired(
        lostTogether(clusters, 0.5, random).map((lost) => [[0.6], [lost ? 0.2 : 0.6]]),
        clusters,
      );
    },
  };
}

function superiority(): GateCell[] {
  const common = {
    decision: 'superiority of a mean',
    measure: MEASURE,
    gate: {test: 'superiority'},
  } as const;
  return [
    {
      ...common,
      shape: 'heavy-tailed',
      sizes: [30, 100, 400],
      samples: 'few large losses, many small gains, no difference',
      draw: (n, random) => around(n, random, () => (random.next() < 0.05 ? -0.5 : 0.025 / 0.95)),
    },
    {
      ...common,
      shape: 'clustered',
      sizes: [200],
      samples: 'clusters of 4 alike, no difference',
      draw: (n, random) => around(n, random, () => 0.3 * random.normal(), ofSize(4), 0.9),
    },
  ];
}

function limits(): GateCell[] {
  return [
    {
      decision: 'at-least of a mean (judge)',
      measure: MEASURE,
      gate: {test: 'at-least', limit: 0.4},
      shape: 'bounded',
      sizes: [20, 60, 200],
      samples: 'wins, losses and ties, truth = limit .4',
      draw: (n, random) =>
        alone(n, random, () => (random.next() < 0.3 ? 0.5 : random.next() < 0.25 / 0.7 ? 1 : 0)),
    },
    {
      decision: 'at-most of a cost',
      measure: meanMeasure('lower', [0, 40]),
      gate: {test: 'at-most', limit: Math.exp(0.72)},
      shape: 'heavy-tailed',
      sizes: [30, 100, 400],
      samples: 'lognormal, σ 1.2, truth = limit',
      draw: (n, random) => alone(n, random, () => lognormal(0, 1.2, random)),
    },
  ];
}

function power(): GateCell[] {
  return [
    {
      ...NON_INFERIOR,
      shape: 'clustered',
      sizes: [200],
      verdict: 'fail',
      power: 0.9,
      samples: 'clusters of 4 alike, loss .25 at margin .05: fails',
      draw: (n, random) => around(n, random, () => -0.25 + 0.1 * random.normal(), ofSize(4), 0.9),
    },
    {
      ...NON_INFERIOR,
      shape: 'bounded',
      sizes: [150, 300],
      power: 0.8,
      samples: 'no difference, each answer changes by up to ± .2: passes',
      draw: (n, random) => around(n, random, () => 0.4 * (random.next() - 0.5)),
    },
  ];
}

/** Stable's answers around .5 to .7; the candidate's changed by `change`. */
function around(
  n: number,
  random: Random,
  change: () => number,
  grouping: Grouping = single,
  together = 0,
): Sides {
  const clusters = grouping(n, random);
  const changes = correlated(clusters, together, change, random);
  return paired(
    changes.map((of) => {
      const stable = 0.5 + 0.2 * random.next();
      return [[stable], [stable + of]];
    }),
    clusters,
  );
}

function alone(n: number, random: Random, value: () => number): Sides {
  return {
    candidate: observed(
      Array.from({length: n}, () => [value()]),
      single(n, random),
    ),
  };
}

/** A loss of a half, with a probability of `share`. */
function seldom(share: number, random: Random): number {
  return random.next() < share ? -0.5 : 0;
}
