import {rateMeasure} from '../gates/rate-measure.ts';
import {exactMatch as isExact, tokenF1 as f1} from '../metrics/squad.ts';
import {textMetric} from './text-metric.ts';

/** SQuAD's, of normalised texts. */
export const exactMatch = textMetric({
  name: 'exact_match',
  label: 'Exact match',
  score: (text, reference) => [isExact(text, reference)],
  measure: rateMeasure(),
  extremes: {best: {exact_match: 1}, worst: {exact_match: 0}},
});

export const tokenF1 = textMetric({
  name: 'token_f1',
  label: 'Token F1',
  score: (text, reference) => [f1(text, reference)],
});
