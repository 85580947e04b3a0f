import {describe, expect, it} from 'vitest';
import {
  accuracy,
  balancedAccuracy,
  confusion,
  recalls,
} from '../../../../core/evaluation/metrics/classification.ts';
import {
  bitsPerByte,
  bytePerplexity,
  countWords,
  tokenPerplexity,
  wordPerplexity,
} from '../../../../core/evaluation/metrics/perplexity.ts';
import {exactMatch, normalizeAnswer, tokenF1} from '../../../../core/evaluation/metrics/squad.ts';

describe('classification', () => {
  /** scikit-learn's own example: y_true 0 1 0 0 1 0, y_pred 0 1 0 0 0 1 → .625. */
  const items = [...'010010'].map((expected, i) => ({expected, predicted: '010001'[i]!}));

  it('balanced accuracy', () => expect(balancedAccuracy(items)).toBe(0.625));
  it('accuracy', () => expect(accuracy(items)).toBeCloseTo(4 / 6, 14));
  it('recall a class', () => {
    expect([...recalls(items)]).toEqual([
      ['0', {right: 3, n: 4}],
      ['1', {right: 1, n: 2}],
    ]);
  });
  it('confusion', () => {
    expect([...confusion(items).get('1')!]).toEqual([
      ['0', 1],
      ['1', 1],
    ]);
  });
  it('always answering the majority: .833 accuracy at 5 : 1, balanced .5', () => {
    const mails = [...'hhhhhs'].map((expected) => ({expected, predicted: 'h'}));
    expect(accuracy(mails)).toBeCloseTo(0.8333, 4);
    expect(balancedAccuracy(mails)).toBe(0.5);
  });
  it('no items, no figure', () => expect(() => balancedAccuracy([])).toThrow(RangeError));
});

describe('SQuAD', () => {
  it('normalises', () =>
    expect(normalizeAnswer('  The  U.S.A., an "apple" & theory ')).toBe('usa apple theory'));
  it('exact match', () => {
    expect(exactMatch('The Cat!', 'cat')).toBe(1);
    expect(exactMatch('cats', 'cat')).toBe(0);
  });
  it('F1 over bags of tokens: a word twice counts twice only where both have it twice', () => {
    // bags: 2 of 3 predicted and 2 of 2 in the reference: P 2/3, R 1
    expect(tokenF1('red red blue', 'red blue')).toBeCloseTo(0.8, 12);
    expect(tokenF1('red red', 'red blue')).toBeCloseTo(0.5, 12);
    expect(tokenF1('', 'the')).toBe(1);
    expect(tokenF1('', 'red')).toBe(0);
    expect(tokenF1('green', 'red')).toBe(0);
  });
});

describe('perplexity', () => {
  // Two texts: every token of probability 1/4, then of 1/16.
  const items = [
    {nll: 4 * Math.log(4), tokens: 4, words: 2, bytes: 8},
    {nll: 2 * Math.log(16), tokens: 2, words: 2, bytes: 8},
  ];
  it('a token, a word and a byte differ; bits a byte = log2 of the last', () => {
    // Σ NLL = 8 ln 2 + 8 ln 2 = 16 ln 2
    expect(tokenPerplexity(items)).toBeCloseTo(2 ** (16 / 6), 12);
    expect(wordPerplexity(items)).toBeCloseTo(2 ** 4, 12);
    expect(bytePerplexity(items)).toBeCloseTo(2, 12);
    expect(bitsPerByte(items)).toBeCloseTo(1, 12);
  });
  it('weighs by length, not by item', () => {
    expect(tokenPerplexity(items)).not.toBeCloseTo((4 + 16) / 2, 1);
  });
  it('words as lm-evaluation-harness counts them: Python’s len(re.split(r"\\s+", text))', () => {
    expect(countWords('a b-c\n d\u0085e')).toBe(4);
    expect(countWords(' a b-c\n d\u0085e ')).toBe(6);
    expect(countWords('')).toBe(1);
  });
  it('nothing to measure throws', () => expect(() => tokenPerplexity([])).toThrow(RangeError));
});
