import {rougeL as scoreL, rougeLsum as scoreLsum, rougeN} from '../metrics/rouge.ts';
import {textMetric} from './text-metric.ts';

/** F1 without stemming. */
export const rouge1 = textMetric({
  name: 'rouge_1',
  label: 'ROUGE-1',
  score: (text, reference) => [rougeN(text, reference, 1).f1],
});
export const rouge2 = textMetric({
  name: 'rouge_2',
  label: 'ROUGE-2',
  score: (text, reference) => [rougeN(text, reference, 2).f1],
});
export const rougeL = textMetric({
  name: 'rouge_l',
  label: 'ROUGE-L',
  sliced: true,
  headline: true,
  score: (text, reference) => [scoreL(text, reference).f1],
});
export const rougeLsum = textMetric({
  name: 'rouge_lsum',
  label: 'ROUGE-Lsum',
  score: (text, reference) => [scoreLsum(text, reference).f1],
});
