import {describe, expect, it} from 'vitest';
import {
  corpusBleu,
  sentenceBleu,
  bleuScore,
  bleuStatistics,
} from '../../../../core/evaluation/metrics/bleu.ts';
import {corpusChrf, sentenceChrf} from '../../../../core/evaluation/metrics/chrf.ts';
import {tokenize13a} from '../../../../core/evaluation/metrics/tokenize-13a.ts';

const references = [
  'The quick brown fox jumps over the lazy dog.',
  "It's a test, isn't it? Costs $3.50 & 1,000 more.",
  '[Spambayes] Re: chi-squared versus "prob" strategies',
  'hello world',
  '',
];
const hypotheses = [
  'The quick brown dog jumps over the lazy fox.',
  'This is a test. It costs 3.50 or 1,000 more - really!',
  'chi squared and prob strategies',
  'hello',
  'x',
];

/** Expected values: sacrebleu 2.6.0 (BLEU(), BLEU(effective_order=True), CHRF(), CHRF(word_order=2)). */
describe('BLEU agrees with sacrebleu', () => {
  it('of a corpus, which is not the mean of its sentences', () => {
    expect(corpusBleu(hypotheses, references)).toBeCloseTo(14.924954267447362, 10);
  });

  it.each([
    [0, 41.53509237206397],
    [1, 8.889175589171739],
    [2, 3.8261660656802645],
    [3, 36.78794411714425],
    [4, 0],
  ])('of sentence %d, with effective order', (i, want) => {
    expect(sentenceBleu(hypotheses[i]!, references[i]!)).toBeCloseTo(want, 10);
  });

  it('without effective order a sentence of one word scores 0', () => {
    expect(bleuScore(bleuStatistics('hello', 'hello world'))).toBe(0);
  });

  it('five perfect tokens against seven score e^(1 − 7/5), identical texts 100', () => {
    expect(sentenceBleu('a b c d e', 'a b c d e f g')).toBeCloseTo(100 * Math.exp(1 - 7 / 5), 10);
    expect(sentenceBleu('a b c d e f g', 'a b c d e')).toBeLessThan(100);
    expect(sentenceBleu(references[0]!, references[0]!)).toBeCloseTo(100, 10);
    expect(sentenceBleu('', 'hello')).toBe(0);
  });
});

describe("sacrebleu's 13a tokeniser", () => {
  it.each([
    [
      "It's a test, isn't it? Costs $3.50 & 1,000 more.",
      "It's a test , isn't it ? Costs $ 3.50 & 1,000 more .",
    ],
    [
      '<b>x</b> &quot;hi&quot; &amp; a-b 3-4 e.g. 2.x .5 ,7',
      '< b > x < / b > " hi " & a-b 3 - 4 e . g . 2 . x . 5 , 7',
    ],
    ['multi-\nline text & naïve café — dash “q”', 'multiline text & naïve café — dash “q”'],
    ['foo-\n', 'foo-'],
    ['foo-\n \t\u0085', 'foo-'],
    ['a-\nb-\n', 'ab-'],
    ['foo-\ufeff', 'foo-\ufeff'],
    ['a/b c:d (e) [f] {g} ~h~ i_j k|l \\m 日本', 'a / b c : d ( e ) [ f ] { g } ~ h ~ i _ j k | l \\ m 日本'],
  ])('%s', (text, want) => expect(tokenize13a(text).join(' ')).toBe(want));
});

describe('chrF agrees with sacrebleu', () => {
  it('of a corpus: chrF and chrF++', () => {
    expect(corpusChrf(hypotheses, references)).toBeCloseTo(48.555381047023054, 10);
    expect(corpusChrf(hypotheses, references, 2)).toBeCloseTo(45.95229417270677, 10);
  });
  it.each([
    [0, 77.43258092582096, 77.51888013881016],
    [1, 38.61648461354793, 36.2483559842764],
    [2, 36.05014841984946, 28.56200167436096],
    [3, 40.69078647589538, 43.23691564081263],
    [4, 0, 0],
  ])('of sentence %d', (i, chrf, chrfPlusPlus) => {
    expect(sentenceChrf(hypotheses[i]!, references[i]!)).toBeCloseTo(chrf, 10);
    expect(sentenceChrf(hypotheses[i]!, references[i]!, 2)).toBeCloseTo(chrfPlusPlus, 10);
  });
});
