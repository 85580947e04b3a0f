import {BLEU_COUNTS} from '../../../../core/evaluation/catalog/bleu.ts';
import {metricCatalog} from '../../../../core/evaluation/catalog/catalog.ts';
import {macroF1} from '../../../../core/evaluation/catalog/macro-f1.ts';
import {bleuStatistics} from '../../../../core/evaluation/metrics/bleu.ts';
import type {Random} from '../../../../core/evaluation/statistics/random.ts';
import {large, lostTogether, single} from '../draws.ts';
import {type GateCell, SLOW, paired} from './gate-cell.ts';

export function corpora(): GateCell[] {
  return [superiority(), fewLost(), clusterLost(), macroF1Cell(), clusteredMacroF1Cell()];
}

type Pair = [stable: number[], candidate: number[]];

const LABELS = ['a', 'b'];
const SAMPLE = {
  release: '',
  task: 't',
  item: '',
  cluster: '',
  slices: [],
  scores: {},
  promptTokens: 1,
  completionTokens: 1,
  error: null,
};
/** Perfect BLEU less that of a corpus in which one answer in twenty shares no word: all four precisions are .95. */
const BLEU_LOSS = 5;
const BLEU = metricCatalog({t: {kind: 'generation'}}, 0).get('t_bleu')!.measure;
const MACRO_F1 = macroF1('t', LABELS);

function superiority(): GateCell {
  return {
    decision: 'superiority of corpus BLEU',
    measure: BLEU,
    gate: {test: 'superiority'},
    shape: 'bounded',
    sizes: [30, 60],
    trials: SLOW,
    samples: 'both copy with like errors, no difference',
    draw: (n, random) => {
      const rows = Array.from({length: n}, (): Pair => {
        const reference = words(random);
        const side = (): number[] => counts(noisy(reference, 0.5 * random.next(), random), reference);
        return [side(), side()];
      });
      return paired(rows, single(n, random));
    },
  };
}

function fewLost(): GateCell {
  return {
    decision: 'non-inferiority of corpus BLEU',
    measure: BLEU,
    gate: {test: 'non-inferiority', margin: BLEU_LOSS},
    shape: 'heavy-tailed',
    sizes: [30, 60, 80],
    trials: SLOW,
    samples: '5 % of answers share no word, the others are right, loss = margin',
    draw: (n, random) => {
      const rows = Array.from({length: n}, () => copied(random, () => random.next() < 0.05));
      return paired(rows, single(n, random));
    },
  };
}

function clusterLost(): GateCell {
  return {
    decision: 'non-inferiority of corpus BLEU',
    measure: BLEU,
    gate: {test: 'non-inferiority', margin: BLEU_LOSS / 2},
    shape: 'clustered',
    sizes: [200],
    trials: SLOW,
    samples:
      'one cluster of 5 % shares no word as a whole half the time, the others are right, loss = margin',
    draw: (n, random) => {
      const clusters = large(1, 0.05)(n, random);
      return paired(
        lostTogether(clusters, 0.5, random).map((lost) => copied(random, () => lost)),
        clusters,
      );
    },
  };
}

function macroF1Cell(): GateCell {
  return {
    decision: 'non-inferiority of macro F1',
    measure: MACRO_F1.measure,
    gate: {test: 'non-inferiority', margin: 0.05},
    shape: 'binary',
    sizes: [30, 60, 100],
    trials: SLOW,
    samples: '5 % of answers have the other label, loss = margin',
    draw: (n, random) => {
      const clusters = single(n, random);
      return labelled(
        clusters.map(() => random.next() < 0.05),
        clusters,
      );
    },
  };
}

function clusteredMacroF1Cell(): GateCell {
  return {
    decision: 'non-inferiority of macro F1',
    measure: MACRO_F1.measure,
    gate: {test: 'non-inferiority', margin: 0.05},
    shape: 'clustered',
    sizes: [200],
    trials: SLOW,
    samples: 'one cluster of 10 % is wrong as a whole half the time, the others are right, loss = margin',
    draw: (n, random) => {
      const clusters = large(1, 0.1)(n, random);
      return labelled(lostTogether(clusters, 0.5, random), clusters);
    },
  };
}

/** Two even labels; the candidate answers the other one where it is `wrong`. */
function labelled(wrong: readonly boolean[], clusters: readonly string[]): ReturnType<GateCell['draw']> {
  const values = (output: string, expected: string): number[] =>
    Object.values(MACRO_F1.score!({...SAMPLE, output, expected})!);
  const rows = wrong.map((lost, i): Pair => {
    const [label, other] = i % 2 === 0 ? ['a', 'b'] : ['b', 'a'];
    return [values(label, label), values(lost ? other : label, label)];
  });
  return paired(
    rows,
    clusters,
    rows.map((_, i) => LABELS[i % 2]!),
  );
}

/** Stable repeats the reference; the candidate, too, or shares no word with it. */
function copied(random: Random, isLost: () => boolean): Pair {
  const reference = words(random);
  const answer = isLost() ? reference.map(() => 'x') : reference;
  return [counts(reference, reference), counts(answer, reference)];
}

function words(random: Random): string[] {
  return Array.from({length: 6 + random.below(8)}, () => `w${Math.floor(random.next() ** 2 * 400)}`);
}

function noisy(text: readonly string[], share: number, random: Random): string[] {
  return text.map((word) => (random.next() < share ? `w${random.below(400)}` : word));
}

function counts(answer: readonly string[], reference: readonly string[]): number[] {
  const of = bleuStatistics(answer.join(' '), reference.join(' '));
  const all = [...of.matches, ...of.totals, of.hypothesisLength, of.referenceLength];
  if (all.length !== BLEU_COUNTS.length) throw new RangeError(`expected ${BLEU_COUNTS.length} counts`);
  return all;
}
