import {rateMeasure} from '../../../../core/evaluation/gates/rate-measure.ts';
import type {Random} from '../../../../core/evaluation/statistics/random.ts';
import {correlated, large, lostTogether, observed, ofSize, single, uneven, type Grouping} from '../draws.ts';
import {type Sides, type GateCell, TELLING, flips, paired} from './gate-cell.ts';

export function shares(): GateCell[] {
  const measure = rateMeasure();
  const decision = 'non-inferiority of a share';
  const gate = {test: 'non-inferiority', margin: 0.05} as const;
  const alone = (
    n: number,
    share: number,
    random: Random,
    grouping: Grouping = single,
    together = 0,
  ): Sides => {
    const clusters = grouping(n, random);
    const values = correlated(clusters, together, () => (random.next() < share ? 1 : 0), random);
    return {
      candidate: observed(
        values.map((value) => [value]),
        clusters,
      ),
    };
  };
  const withLarge = (n: number, count: number, share: number, lost: number, random: Random): Sides => {
    const clusters = large(count, share)(n, random);
    return paired(
      lostTogether(clusters, lost, random).map((of) => [[1], [of ? 0 : 1]]),
      clusters,
    );
  };
  const families: Grouping = (n) => Array.from({length: n}, (_, i) => `family ${i % 9}`);
  return [
    {
      ...{decision, measure, gate, shape: 'binary', sizes: [60, 90, 150, 400]},
      samples: 'a tenth differ, loss = margin .05',
      draw: (n, random) => flips(n, -0.05, 0.1, {}, random),
    },
    {
      ...{decision, measure, gate, shape: 'binary', sizes: [50, 80, 150]},
      samples: '5 % are lost and nothing is won, loss = margin .05',
      draw: (n, random) => flips(n, -0.05, 0.05, {}, random),
    },
    {
      ...{decision, measure, gate, shape: 'clustered', sizes: [100, 400]},
      samples: 'clusters of 4, a tenth differ, loss = margin .05',
      draw: (n, random) => flips(n, -0.05, 0.1, {grouping: ofSize(4), together: 0.9}, random),
    },
    {
      ...{decision, measure, gate, shape: 'clustered', sizes: [100, 400]},
      samples: 'one cluster in ten has 10 items, a tenth differ, loss = margin .05',
      draw: (n, random) => flips(n, -0.05, 0.1, {grouping: uneven, together: 0.9}, random),
    },
    ...(
      [
        [1000, 1, 0.05, 0.5, 0.025],
        [400, 1, 0.05, 0.4, 0.02],
        [2000, 1, 0.05, 0.2, 0.01],
        [1000, 5, 0.01, 0.5, 0.025],
        [2000, 5, 0.01, 0.3, 0.015],
        [400, 20, 0.005, 0.5, 0.05],
      ] as const
    ).map(([n, count, share, lost, margin]): GateCell => ({
      ...{decision, measure, gate: {...gate, margin}, shape: 'clustered', sizes: [n]},
      samples: `${largeClusters(count, share)} lost as a whole in ${100 * lost} % of cases, loss = margin ${margin}`,
      draw: (items, random) => withLarge(items, count, share, lost, random),
    })),
    {
      ...{decision, measure, gate: {...gate, margin: 0.01}, shape: 'binary', sizes: [1000, 2000]},
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
    },
    {
      ...{
        decision: 'non-inferiority of a probe rate',
        measure: rateMeasure('lower'),
        gate: {test: 'non-inferiority', margin: 0.1},
        shape: 'clustered',
        sizes: [16, 36],
      },
      samples: '9 families that fall together, harm = margin .1',
      trials: TELLING,
      draw: (n, random) => flips(n, 0.1, 0.1, {grouping: families, together: 1}, random),
    },
    {
      ...{
        decision: 'non-inferiority of a probe rate',
        measure: rateMeasure('lower'),
        gate: {test: 'non-inferiority', margin: 0.2},
        shape: 'tiny',
        sizes: [16, 36],
      },
      samples: '9 families that mostly fall together, harm = margin .2',
      draw: (n, random) => flips(n, 0.2, 0.2, {grouping: families, together: 0.7}, random),
    },
    {
      ...{
        decision: 'superiority of a share',
        measure,
        gate: {test: 'superiority'},
        shape: 'binary',
        sizes: [30, 100, 400],
      },
      samples: 'three tenths differ, no difference',
      draw: (n, random) => flips(n, 0, 0.3, {}, random),
    },
    ...(
      [
        ['pass', [60, 88, 150, 400]],
        ['fail', [5, 12, 30, 60, 150]],
      ] as const
    ).map(([verdict, sizes]): GateCell => ({
      ...{
        decision: 'at-least of a share',
        measure,
        gate: {test: 'at-least', limit: 0.9},
        shape: verdict === 'fail' ? 'tiny' : 'binary',
        sizes,
      },
      ...{samples: `truth = limit .9: ${verdict}`, verdict},
      draw: (n, random) => alone(n, 0.9, random),
    })),
    ...(['pass', 'fail'] as const).map((verdict): GateCell => ({
      ...{
        decision: 'at-least of a share',
        measure,
        gate: {test: 'at-least', limit: 0.85},
        shape: 'clustered',
        sizes: [60, 150, 400],
      },
      ...{samples: `clusters of 4, truth = limit .85: ${verdict}`, verdict},
      draw: (n, random) => alone(n, 0.85, random, ofSize(4), 0.8),
    })),
    {
      ...{
        decision: 'at-least of a share',
        measure,
        gate: {test: 'at-least', limit: 0.85},
        shape: 'clustered',
        sizes: [60, 150, 400],
      },
      samples: 'one cluster in ten has 10 items, truth = limit .85',
      draw: (n, random) => alone(n, 0.85, random, uneven, 1),
    },
    ...(
      [
        [1, 0.05],
        [5, 0.01],
      ] as const
    ).map(([count, share]): GateCell => ({
      ...{
        decision: 'at-least of a share',
        measure,
        gate: {test: 'at-least', limit: 0.975},
        shape: 'clustered',
        sizes: [1000],
      },
      samples: `${largeClusters(count, share)} wrong as a whole half the time, truth = limit .975`,
      draw: (n, random) => ({candidate: withLarge(n, count, share, 0.5, random).candidate}),
    })),
    {
      ...{
        decision: 'at-least of a share',
        measure,
        gate: {test: 'at-least', limit: 0.985},
        shape: 'clustered',
        sizes: [1000],
      },
      samples: 'one cluster of 5 % is wrong as a whole in 30 % of cases, truth = limit .985: fail',
      verdict: 'fail',
      draw: (n, random) => ({candidate: withLarge(n, 1, 0.05, 0.3, random).candidate}),
    },
    {
      ...{
        decision: 'at-most of a harm',
        measure: rateMeasure('lower'),
        gate: {test: 'at-most', limit: 0.05},
        shape: 'clustered',
        sizes: [60, 150, 400],
      },
      samples: 'clusters of 4, truth = limit .05',
      draw: (n, random) => alone(n, 0.05, random, ofSize(4), 0.8),
    },
    {
      ...{decision, measure, gate, shape: 'clustered', sizes: [1000], power: 0.8},
      samples: 'no difference, 6 % differ, one cluster of 2 %: passes',
      draw: (n, random) => flips(n, 0, 0.06, {grouping: large(1, 0.02), together: 0.9}, random),
    },
    {
      ...{decision, measure, gate, shape: 'binary', sizes: [400], power: 0.8},
      samples: 'no difference, 6 % differ: passes',
      draw: (n, random) => flips(n, 0, 0.06, {}, random),
    },
    {
      ...{
        decision: 'at-least of a share',
        measure,
        gate: {test: 'at-least', limit: 0.85},
        shape: 'binary',
        sizes: [300],
        power: 0.8,
      },
      samples: 'limit .85, truth .91: passes',
      draw: (n, random) => alone(n, 0.91, random),
    },
  ];
}

function largeClusters(count: number, share: number): string {
  return count === 1
    ? `one cluster of ${100 * share} % is`
    : `${count} clusters of ${100 * share} % each are`;
}
