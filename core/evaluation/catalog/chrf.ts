import {corpusMeasure} from '../gates/corpus-measure.ts';
import {chrfScore, chrfStatistics} from '../metrics/chrf.ts';
import {textMetric} from './text-metric.ts';

const ORDERS = [1, 2, 3, 4, 5, 6];
/** The counts that corpus chrF adds up: of each order n-grams of hypothesis and reference, and matches. */
const CHRF_COUNTS = ORDERS.flatMap((n) =>
  ['hypothesis', 'reference', 'matches'].map((part) => `chrf_${part}_${n}`),
);

export const chrf = textMetric({
  name: 'chrf',
  label: 'chrF',
  unit: 'points',
  scores: CHRF_COUNTS,
  score: (text, reference) => chrfStatistics(text, reference).flat(),
  measure: corpusMeasure({
    width: CHRF_COUNTS.length,
    range: [0, 100],
    score: (counts) =>
      chrfScore([
        ORDERS.map((_, i): [number, number, number] => [
          counts[3 * i]!,
          counts[3 * i + 1]!,
          counts[3 * i + 2]!,
        ]),
      ]),
    worst: (counts) => counts.map((count, i) => (i % 3 === 2 ? 0 : count)),
    best: (counts) => counts.map((_, i) => counts[i - (i % 3) + 1]!),
  }),
});
