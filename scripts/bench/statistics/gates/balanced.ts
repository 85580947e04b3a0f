import {balancedMeasure} from '../../../../core/evaluation/gates/balanced-measure.ts';
import type {Random} from '../../../../core/evaluation/statistics/random.ts';
import {large, lostTogether, observed, single} from '../draws.ts';
import {type Sides, type GateCell, CLASSES, paired} from './gate-cell.ts';

export function balanced(): GateCell[] {
  return MIXES.flatMap((mix) => [...noDifference(mix), ...losses(mix), clusterLost(mix), ...limits(mix)]);
}

interface Mix {
  readonly name: string;
  /** Of each class. */
  readonly shares: readonly number[];
}

const MIXES: readonly Mix[] = [
  {name: '85 : 15', shares: [0.85, 0.15]},
  {name: 'five even classes', shares: [0.2, 0.2, 0.2, 0.2, 0.2]},
];

/** Two models that are wrong as often, on other rows: what a comparison with bag of words looks like. */
function noDifference({name, shares}: Mix): GateCell[] {
  const common: Omit<GateCell, 'samples'> = {
    decision: 'superiority of balanced accuracy',
    measure: measureOf(shares),
    gate: {test: 'superiority'},
    trials: CLASSES,
    shape: 'binary',
    sizes: [60, 150, 400],
    draw: (n, random) => {
      const strata = split(n, shares);
      const side = (): number[] => [random.next() < 0.06 ? 0 : 1];
      return paired(
        strata.map(() => [side(), side()]),
        single(strata.length, random),
        strata,
      );
    },
  };
  return [
    {...common, samples: `${name}, each side wrong on 6 %, no difference`},
    {...common, samples: `${name}, each side wrong on 6 %, no difference: fail`, verdict: 'fail'},
  ];
}

function losses({name, shares}: Mix): GateCell[] {
  const common = {...nonInferiority(shares), sizes: [60, 150, 400]} as const;
  return [
    {
      ...common,
      shape: 'binary',
      samples: `${name}, each class loses 5 % = margin`,
      draw: (n, random) => graded(n, shares, () => 0.05, random),
    },
    {
      ...common,
      shape: 'heavy-tailed',
      samples: `${name}, one class loses it all, margin .05`,
      draw: (n, random) =>
        graded(n, shares, (k) => (k === shares.length - 1 ? 0.05 * shares.length : 0), random),
    },
  ];
}

function clusterLost({name, shares}: Mix): GateCell {
  return {
    ...nonInferiority(shares),
    gate: {test: 'non-inferiority', margin: 0.025 / shares.length},
    shape: 'clustered',
    sizes: [2000],
    samples: `${name}, one cluster of 5 % of a class is lost as a whole half the time, loss = margin`,
    draw: (n, random) => {
      const strata = split(n, shares);
      const others = strata.filter((stratum) => stratum !== strata.at(-1)).map((_, i) => `single ${i}`);
      const clusters = [...others, ...large(1, 0.05)(strata.length - others.length, random)];
      return paired(
        lostTogether(clusters, 0.5, random).map((lost) => [[1], [lost ? 0 : 1]]),
        clusters,
        strata,
      );
    },
  };
}

function limits({name, shares}: Mix): GateCell[] {
  const common = {
    decision: 'at-least of balanced accuracy',
    measure: measureOf(shares),
    gate: {test: 'at-least', limit: 0.9},
    trials: CLASSES,
    draw: (n: number, random: Random) => alone(n, shares, random),
  } as const;
  return [
    {...common, shape: 'binary', sizes: [60, 150, 400], samples: `${name}, truth = limit .9`},
    {
      ...common,
      shape: 'tiny',
      sizes: [30, 60, 150],
      samples: `${name}, truth = limit .9: fail`,
      verdict: 'fail',
    },
  ];
}

function nonInferiority(shares: readonly number[]) {
  return {
    decision: 'non-inferiority of balanced accuracy',
    measure: measureOf(shares),
    gate: {test: 'non-inferiority', margin: 0.05},
    trials: CLASSES,
  } as const;
}

function measureOf(shares: readonly number[]) {
  return balancedMeasure(shares.map((_, k) => `class ${k}`));
}

/** The class of each item. */
function split(n: number, shares: readonly number[]): string[] {
  return shares.flatMap((share, k) => new Array<string>(Math.round(share * n)).fill(`class ${k}`));
}

/** Stable is always right; the candidate is wrong as often as `loss` says of the class. */
function graded(n: number, shares: readonly number[], loss: (k: number) => number, random: Random): Sides {
  const strata = split(n, shares);
  return paired(
    strata.map((name) => [[1], [random.next() < loss(Number(name.at(-1))) ? 0 : 1]]),
    single(strata.length, random),
    strata,
  );
}

/** The candidate's answers, nine in ten right. */
function alone(n: number, shares: readonly number[], random: Random): Sides {
  const strata = split(n, shares);
  return {
    candidate: observed(
      strata.map(() => [random.next() < 0.9 ? 1 : 0]),
      single(strata.length, random),
      strata,
    ),
  };
}
