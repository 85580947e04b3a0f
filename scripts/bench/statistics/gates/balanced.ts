import {balancedMeasure} from '../../../../core/evaluation/gates/balanced-measure.ts';
import type {Random} from '../../../../core/evaluation/statistics/random.ts';
import {large, lostTogether, observed, single} from '../draws.ts';
import {type Sides, type GateCell, CLASSES, paired} from './gate-cell.ts';

export function balanced(): GateCell[] {
  const split = (n: number, of: readonly number[]): string[] =>
    of.flatMap((share, k) => new Array<string>(Math.round(share * n)).fill(`class ${k}`));
  const graded = (n: number, of: readonly number[], loss: (k: number) => number, random: Random): Sides => {
    const strata = split(n, of);
    return paired(
      strata.map((name) => {
        const lost = random.next() < loss(Number(name.at(-1)));
        return [[1], [lost ? 0 : 1]];
      }),
      single(strata.length, random),
      strata,
    );
  };
  const mixes = [
    ['85 : 15', [0.85, 0.15]],
    ['five even classes', [0.2, 0.2, 0.2, 0.2, 0.2]],
  ] as const;
  return mixes.flatMap(([name, of]): GateCell[] => {
    const measure = balancedMeasure(of.map((_, k) => `class ${k}`));
    const common = {
      measure,
      trials: CLASSES,
      gate: {test: 'non-inferiority', margin: 0.05},
      decision: 'non-inferiority of balanced accuracy',
    } as const;
    const limit = {
      measure,
      trials: CLASSES,
      gate: {test: 'at-least', limit: 0.9},
      decision: 'at-least of balanced accuracy',
    } as const;
    const alone = (n: number, random: Random): Sides => {
      const strata = split(n, of);
      return {
        candidate: observed(
          strata.map(() => [random.next() < 0.9 ? 1 : 0]),
          single(strata.length, random),
          strata,
        ),
      };
    };
    return [
      {
        ...{...common, shape: 'binary', sizes: [60, 150, 400]},
        samples: `${name}, each class loses 5 % = margin`,
        draw: (n, random) => graded(n, of, () => 0.05, random),
      },
      {
        ...{...common, shape: 'heavy-tailed', sizes: [60, 150, 400]},
        samples: `${name}, one class loses it all, margin .05`,
        draw: (n, random) => graded(n, of, (k) => (k === of.length - 1 ? 0.05 * of.length : 0), random),
      },
      {
        ...{...common, shape: 'clustered', sizes: [2000]},
        gate: {test: 'non-inferiority', margin: 0.025 / of.length},
        samples: `${name}, one cluster of 5 % of a class is lost as a whole half the time, loss = margin`,
        draw: (n, random) => {
          const strata = split(n, of);
          const others = strata.filter((name) => name !== strata.at(-1)).map((_, i) => `single ${i}`);
          const clusters = [...others, ...large(1, 0.05)(strata.length - others.length, random)];
          return paired(
            lostTogether(clusters, 0.5, random).map((lost) => [[1], [lost ? 0 : 1]]),
            clusters,
            strata,
          );
        },
      },
      {
        ...{...limit, shape: 'binary', sizes: [60, 150, 400]},
        samples: `${name}, truth = limit .9`,
        draw: alone,
      },
      {
        ...{...limit, shape: 'tiny', sizes: [30, 60, 150]},
        samples: `${name}, truth = limit .9: fail`,
        verdict: 'fail',
        draw: alone,
      },
    ];
  });
}
