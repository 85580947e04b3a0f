import {distance} from 'fastest-levenshtein';
import {sentenceBleu} from '../../../evaluation/metrics/bleu.ts';
import {rougeN} from '../../../evaluation/metrics/rouge.ts';
import {holds, reaches, textsOf, type Evaluate} from './assertion.ts';

/*
 * Thresholds by default as promptfoo's: https://www.promptfoo.dev/docs/configuration/expected-outputs/deterministic/. A threshold of
 * 0 is one; there `threshold || 5` made it 5.
 */
const MOST_EDITS = 5;
const LEAST_ROUGE = 0.75;
const LEAST_BLEU = 0.5;

/** At most `threshold` characters (UTF-16 units) to insert, delete or replace; 5 where none is given. */
export const levenshtein: Evaluate = ({text}, asserted) => {
  const {threshold = MOST_EDITS} = asserted;
  const [expected] = textsOf(asserted.value) as [string];
  // The distance is at least what the lengths differ by, so an answer of any length is read in bounded time.
  const least = Math.abs(text.length - expected.length);
  const edits = least > threshold ? least : distance(text, expected);
  const got = least > threshold ? `at least ${edits}` : edits;
  return holds(edits <= threshold, asserted, `to be within ${threshold} edits of the text, got ${got}`);
};

/**
 * ROUGE-1, the F1 of words, of at least `threshold` (0.75). By this project's ROUGE, as Google's rouge_scorer: small letters and
 * digits; promptfoo's words keep their case and punctuation.
 */
export const rouge: Evaluate = ({text}, asserted) => {
  const [expected] = textsOf(asserted.value) as [string];
  return reaches(rougeN(text, expected, 1).f1, asserted.threshold ?? LEAST_ROUGE, asserted, 'ROUGE-1');
};

/**
 * BLEU of at least `threshold` (0.5), the best of several references. By this project's BLEU, as sacrebleu's sentence score, divided
 * by 100; promptfoo's smooths otherwise, and its brevity penalty rewards short answers.
 */
export const bleu: Evaluate = ({text}, asserted) => {
  const best = Math.max(...textsOf(asserted.value).map((reference) => sentenceBleu(text, reference) / 100));
  return reaches(best, asserted.threshold ?? LEAST_BLEU, asserted, 'BLEU');
};
