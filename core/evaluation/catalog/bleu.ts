import {corpusMeasure} from '../gates/corpus-measure.ts';
import {bleuScore, bleuStatistics} from '../metrics/bleu.ts';
import {textMetric} from './text-metric.ts';

const ORDERS = [1, 2, 3, 4];
/** The counts that corpus BLEU adds up. */
export const BLEU_COUNTS: readonly string[] = [
  ...ORDERS.map((n) => `bleu_matches_${n}`),
  ...ORDERS.map((n) => `bleu_totals_${n}`),
  'bleu_hypothesis',
  'bleu_reference',
];

export const bleu = textMetric({
  name: 'bleu',
  label: 'BLEU',
  unit: 'points',
  sliced: true,
  scores: BLEU_COUNTS,
  score: (text, reference) => {
    const {matches, totals, hypothesisLength, referenceLength} = bleuStatistics(text, reference);
    return [...matches, ...totals, hypothesisLength, referenceLength];
  },
  measure: corpusMeasure({
    width: BLEU_COUNTS.length,
    range: [0, 100],
    score: (counts) =>
      bleuScore({
        matches: counts.slice(0, 4),
        totals: counts.slice(4, 8),
        hypothesisLength: counts[8]!,
        referenceLength: counts[9]!,
      }),
    // Nothing matches: the text is as long as it was. Everything does: it is the reference.
    worst: (counts) => [0, 0, 0, 0, ...counts.slice(4)],
    best: (counts) => {
      const [hypothesis, reference] = [counts[8]!, counts[9]!];
      const grams = counts
        .slice(4, 8)
        .map((n) => (hypothesis === 0 ? reference : (n * reference) / hypothesis));
      return [...grams, ...grams, reference, reference];
    },
  }),
});
