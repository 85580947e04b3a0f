import {BLEU_COUNTS, CHRF_COUNTS} from '../gates/catalog.ts';
import {bleuStatistics} from '../metrics/bleu.ts';
import {chrfStatistics} from '../metrics/chrf.ts';
import {rougeL, rougeLsum, rougeN} from '../metrics/rouge.ts';
import {exactMatch, tokenF1} from '../metrics/squad.ts';

/**
 * Scores of a written text against its reference, named as the metrics read them: ROUGE F1 without stemming, SQuAD's exact
 * match and F1, and the counts that corpus BLEU and chrF add up. White space at the ends is not the model's doing.
 */
export function scoreText(output: string, reference: string): Record<string, number> {
  const text = output.trim();
  const wanted = reference.trim();
  const bleu = bleuStatistics(text, wanted);
  const bleuCounts = [...bleu.matches, ...bleu.totals, bleu.hypothesisLength, bleu.referenceLength];
  const chrfCounts = chrfStatistics(text, wanted).flat();
  return {
    rouge_1: rougeN(text, wanted, 1).f1,
    rouge_2: rougeN(text, wanted, 2).f1,
    rouge_l: rougeL(text, wanted).f1,
    rouge_lsum: rougeLsum(text, wanted).f1,
    exact_match: exactMatch(text, wanted),
    token_f1: tokenF1(text, wanted),
    ...Object.fromEntries(BLEU_COUNTS.map((name, i) => [name, bleuCounts[i]!])),
    ...Object.fromEntries(CHRF_COUNTS.map((name, i) => [name, chrfCounts[i]!])),
  };
}
