import {rateMeasure} from '../../../../core/evaluation/gates/rate-measure.ts';
import type {Random} from '../../../../core/evaluation/statistics/random.ts';
import {correlated, large, lostTogether, observed, ofSize, single, uneven, type Grouping} from '../draws.ts';
import {type Sides, type GateCell, TELLING, flips, paired} from './gate-cell.ts';

export function shares(): GateCell[] {
  return [
    ...nonInferiority(),
    ...wholeClustersLost(),
    fewFailures(),
    ...probeRates(),
    superiority(),
    ...atLeast(),
    ...atLeastOfLargeClusters(),
    harm(),
    ...power(),
  ];
}

const HIGHER = rateMeasure();
const LOWER = rateMeasure('lower');
const NON_INFERIOR = {
  decision: 'non-inferiority of a share',
  measure: HIGHER,
  gate: {test: 'non-inferiority', margin: 0.05},
} as const;
const AT_LEAST = {decision: 'at-least of a share', measure: HIGHER} as const;

function nonInferiority(): GateCell[] {
  return [
    {
      ...NON_INFERIOR,
      shape: 'binary',
      sizes: [60, 90, 150, 400],
      samples: 'a tenth differ, loss = margin .05',
      draw: (n, random) => flips(n, -0.05, 0.1, {}, random),
    },
    {
      ...NON_INFERIOR,
      shape: 'binary',
      sizes: [50, 80, 150],
      samples: '5 % are lost and nothing is won, loss = margin .05',
      draw: (n, random) => flips(n, -0.05, 0.05, {}, random),
    },
    {
      ...NON_INFERIOR,
      shape: 'clustered',
      sizes: [100, 400],
      samples: 'clusters of 4, a tenth differ, loss = margin .05',
      draw: (n, random) => flips(n, -0.05, 0.1, {grouping: ofSize(4), together: 0.9}, random),
    },
    {
      ...NON_INFERIOR,
      shape: 'clustered',
      sizes: [100, 400],
      samples: 'one cluster in ten has 10 items, a tenth differ, loss = margin .05',
      draw: (n, random) => flips(n, -0.05, 0.1, {grouping: uneven, together: 0.9}, random),
    },
  ];
}

function wholeClustersLost(): GateCell[] {
  const cases = [
    [1000, 1, 0.05, 0.5, 0.025],
    [400, 1, 0.05, 0.4, 0.02],
    [2000, 1, 0.05, 0.2, 0.01],
    [1000, 5, 0.01, 0.5, 0.025],
    [2000, 5, 0.01, 0.3, 0.015],
    [400, 20, 0.005, 0.5, 0.05],
  ] as const;
  return cases.map(([n, count, share, lost, margin]) => ({
    ...NON_INFERIOR,
    gate: {test: 'non-inferiority', margin},
    shape: 'clustered',
    sizes: [n],
    samples: `${largeClusters(count, share)} lost as a whole in ${100 * lost} % of cases, loss = margin ${margin}`,
    draw: (items, random) => withLarge(items, count, share, lost, random),
  }));
}

function fewFailures(): GateCell {
  return {
    ...NON_INFERIOR,
    gate: {test: 'non-inferiority', margin: 0.01},
    shape: 'binary',
    sizes: [1000, 2000],
    samples: '1 % of the candidate’s answers fail, the others are alike, loss = margin .01',
    maxErrorShare: 0.02,
    draw: (n, random) => {
      const stable = observed(
        Array.from({length: n}, () => [1]),
        single(n, random),
      );
      return {
        stable,
        candidate: stable.map((one) => (random.next() < 0.01 ? {...one, values: null} : one)),
      };
    },
  };
}

function probeRates(): GateCell[] {
  const common = {
    decision: 'non-inferiority of a probe rate',
    measure: LOWER,
    sizes: [16, 36],
  } as const;
  return [
    {
      ...common,
      gate: {test: 'non-inferiority', margin: 0.1},
      shape: 'clustered',
      samples: '9 families that fall together, harm = margin .1',
      trials: TELLING,
      draw: (n, random) => flips(n, 0.1, 0.1, {grouping: families, together: 1}, random),
    },
    {
      ...common,
      gate: {test: 'non-inferiority', margin: 0.2},
      shape: 'tiny',
      samples: '9 families that mostly fall together, harm = margin .2',
      draw: (n, random) => flips(n, 0.2, 0.2, {grouping: families, together: 0.7}, random),
    },
  ];
}

function superiority(): GateCell {
  return {
    decision: 'superiority of a share',
    measure: HIGHER,
    gate: {test: 'superiority'},
    shape: 'binary',
    sizes: [30, 100, 400],
    samples: 'three tenths differ, no difference',
    draw: (n, random) => flips(n, 0, 0.3, {}, random),
  };
}

function atLeast(): GateCell[] {
  const single = (
    [
      ['pass', 'binary', [60, 88, 150, 400]],
      ['fail', 'tiny', [5, 12, 30, 60, 150]],
    ] as const
  ).map(([verdict, shape, sizes]): GateCell => ({
    ...AT_LEAST,
    gate: {test: 'at-least', limit: 0.9},
    shape,
    sizes,
    samples: `truth = limit .9: ${verdict}`,
    verdict,
    draw: (n, random) => alone(n, 0.9, random),
  }));
  const clustered = {
    ...AT_LEAST,
    gate: {test: 'at-least', limit: 0.85},
    shape: 'clustered',
    sizes: [60, 150, 400],
  } as const;
  const ofFour = (['pass', 'fail'] as const).map((verdict): GateCell => ({
    ...clustered,
    samples: `clusters of 4, truth = limit .85: ${verdict}`,
    verdict,
    draw: (n, random) => alone(n, 0.85, random, ofSize(4), 0.8),
  }));
  const ofTen: GateCell = {
    ...clustered,
    samples: 'one cluster in ten has 10 items, truth = limit .85',
    draw: (n, random) => alone(n, 0.85, random, uneven, 1),
  };
  return [...single, ...ofFour, ofTen];
}

function atLeastOfLargeClusters(): GateCell[] {
  const common = {...AT_LEAST, shape: 'clustered', sizes: [1000]} as const;
  const passes = (
    [
      [1, 0.05],
      [5, 0.01],
    ] as const
  ).map(([count, share]): GateCell => ({
    ...common,
    gate: {test: 'at-least', limit: 0.975},
    samples: `${largeClusters(count, share)} wrong as a whole half the time, truth = limit .975`,
    draw: (n, random) => ({candidate: withLarge(n, count, share, 0.5, random).candidate}),
  }));
  return [
    ...passes,
    {
      ...common,
      gate: {test: 'at-least', limit: 0.985},
      samples: 'one cluster of 5 % is wrong as a whole in 30 % of cases, truth = limit .985: fail',
      verdict: 'fail',
      draw: (n, random) => ({candidate: withLarge(n, 1, 0.05, 0.3, random).candidate}),
    },
  ];
}

function harm(): GateCell {
  return {
    decision: 'at-most of a harm',
    measure: LOWER,
    gate: {test: 'at-most', limit: 0.05},
    shape: 'clustered',
    sizes: [60, 150, 400],
    samples: 'clusters of 4, truth = limit .05',
    draw: (n, random) => alone(n, 0.05, random, ofSize(4), 0.8),
  };
}

function power(): GateCell[] {
  return [
    {
      ...NON_INFERIOR,
      shape: 'clustered',
      sizes: [1000],
      power: 0.8,
      samples: 'no difference, 6 % differ, one cluster of 2 %: passes',
      draw: (n, random) => flips(n, 0, 0.06, {grouping: large(1, 0.02), together: 0.9}, random),
    },
    {
      ...NON_INFERIOR,
      shape: 'binary',
      sizes: [400],
      power: 0.8,
      samples: 'no difference, 6 % differ: passes',
      draw: (n, random) => flips(n, 0, 0.06, {}, random),
    },
    {
      ...AT_LEAST,
      gate: {test: 'at-least', limit: 0.85},
      shape: 'binary',
      sizes: [300],
      power: 0.8,
      samples: 'limit .85, truth .91: passes',
      draw: (n, random) => alone(n, 0.91, random),
    },
  ];
}

/** The candidate's answers, right with a probability of `share`. */
function alone(n: number, share: number, random: Random, grouping: Grouping = single, together = 0): Sides {
  const clusters = grouping(n, random);
  const values = correlated(clusters, together, () => (random.next() < share ? 1 : 0), random);
  return {
    candidate: observed(
      values.map((value) => [value]),
      clusters,
    ),
  };
}

/** Stable is always right; of the candidate whole clusters are wrong with a probability of `lost`. */
function withLarge(n: number, count: number, share: number, lost: number, random: Random): Sides {
  const clusters = large(count, share)(n, random);
  return paired(
    lostTogether(clusters, lost, random).map((of) => [[1], [of ? 0 : 1]]),
    clusters,
  );
}

function families(n: number): string[] {
  return Array.from({length: n}, (_, i) => `family ${i % 9}`);
}

function largeClusters(count: number, share: number): string {
  return count === 1
    ? `one cluster of ${100 * share} % is`
    : `${count} clusters of ${100 * share} % each are`;
}
