import {likelihoodMeasure} from '../../../../core/evaluation/gates/likelihood-measure.ts';
import type {Random} from '../../../../core/evaluation/statistics/random.ts';
import {correlated, large, lognormal, lostTogether, ofSize, single, type Grouping} from '../draws.ts';
import {type Sides, type GateCell, paired} from './gate-cell.ts';

export function likelihoods(): GateCell[] {
  return [...losses(), wholeTopicLost(), power()];
}

const PERPLEXITY = {
  decision: 'non-inferiority of a perplexity',
  measure: likelihoodMeasure('token'),
} as const;

function losses(): GateCell[] {
  return [
    {
      ...PERPLEXITY,
      gate: {test: 'non-inferiority', margin: 0.05},
      shape: 'heavy-tailed',
      sizes: [30, 100, 400, 800],
      samples: 'lognormal losses, σ 1.2, loss = margin .05 nats',
      draw: (n, random) => texts(n, random, () => 0.05 * lognormal(-0.72, 1.2, random)),
    },
    {
      ...PERPLEXITY,
      gate: {test: 'non-inferiority', margin: 0.5},
      shape: 'heavy-tailed',
      sizes: [11, 24, 64],
      samples: 'half of the texts lose 1 nat a token, loss = margin .5 nats',
      draw: (n, random) => texts(n, random, () => (random.next() < 0.5 ? 1 : 0)),
    },
    {
      ...PERPLEXITY,
      gate: {test: 'non-inferiority', margin: 0.2},
      shape: 'clustered',
      sizes: [64, 256],
      samples: 'topics of 6 texts, a fifth of them lose 1 nat, loss = margin .2 nats',
      draw: (n, random) => texts(n, random, () => (random.next() < 0.2 ? 1 : 0), ofSize(6), 0.9),
    },
  ];
}

function wholeTopicLost(): GateCell {
  return {
    ...PERPLEXITY,
    gate: {test: 'non-inferiority', margin: 0.025},
    shape: 'clustered',
    sizes: [1000],
    samples: 'one topic of 5 % loses 1 nat a token as a whole half the time, loss = margin .025 nats',
    draw: (n, random) => {
      const topics = large(1, 0.05)(n, random);
      return paired(
        lostTogether(topics, 0.5, random).map((lost) => [
          [40, 20],
          [lost ? 60 : 40, 20],
        ]),
        topics,
      );
    },
  };
}

function power(): GateCell {
  return {
    ...PERPLEXITY,
    gate: {test: 'non-inferiority', margin: 0.5},
    shape: 'tiny',
    sizes: [24],
    power: 0.8,
    samples: 'half of the margin is lost, ± .2 nats a text: passes',
    draw: (n, random) => texts(n, random, () => 0.1 + 0.1 * random.normal()),
  };
}

/** Texts of 5 to 45 tokens at 2 nats a token; the candidate's at `loss` more. */
function texts(
  n: number,
  random: Random,
  loss: () => number,
  grouping: Grouping = single,
  together = 0,
): Sides {
  const clusters = grouping(n, random);
  const lost = correlated(clusters, together, loss, random);
  return paired(
    lost.map((of) => {
      const tokens = Math.ceil(5 + 40 * random.next());
      return [
        [2 * tokens, tokens],
        [(2 + of) * tokens, tokens],
      ];
    }),
    clusters,
  );
}
