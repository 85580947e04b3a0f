import {describe, expect, it} from 'vitest';
import {trainBagOfWords, trainLogistic} from '../../../../core/evaluation/baselines/bag-of-words.ts';
import {minimise} from '../../../../core/evaluation/baselines/lbfgs.ts';
import {majorityLabel} from '../../../../core/evaluation/baselines/majority.ts';
import {tfIdf} from '../../../../core/evaluation/baselines/tf-idf.ts';
import {seededRandom} from '../../../../core/evaluation/statistics/random.ts';

const texts = [
  'cheap pills buy now',
  'meeting on monday about the budget',
  'buy cheap watches now now',
  'budget report attached for monday',
  'win money now cheap',
  'lunch on monday with the team',
  'the team meeting moved',
  'cheap money offer',
  'report of the team',
];
const features = tfIdf(texts);
const dense = (text: string): number[] => {
  const row = new Array<number>(features.words).fill(0);
  for (const [i, weight] of features.vector(text)) row[i] = weight;
  return row;
};

/** Expected values: scikit-learn 1.9.1. */
describe('TF-IDF agrees with TfidfVectorizer(sublinear_tf=True, min_df=2)', () => {
  it('of "buy cheap watches now now"', () => {
    const want = [0, 0.5158908322439151, 0.3963202750850883, 0, 0, 0, 0.7594648699993705, 0, 0, 0, 0];
    dense(texts[2]!).forEach((weight, i) => expect(weight).toBeCloseTo(want[i]!, 12));
    expect(features.words).toBe(11);
  });
  it('a text of unknown words is empty', () => expect(features.vector('zebra')).toEqual([]));
});

describe("logistic regression agrees with LogisticRegression(class_weight='balanced')", () => {
  const examples = (labels: string) =>
    texts.map((text, i) => ({vector: features.vector(text), label: Number(labels[i])}));

  it('three classes, C = 2', () => {
    const weights = trainLogistic(examples('012012012'), {features: 11, classes: 3, C: 2});
    const first = [
      0.282783, 0.377726, -0.125721, 0.400362, 0.018935, -0.541377, -0.13849, -0.600119, 0.18948,
    ];
    first.forEach((want, i) => expect(weights[i]).toBeCloseTo(want, 3));
    const intercepts = [0, 1, 2].map((c) => weights[c * 12 + 11]!);
    const mean = intercepts.reduce((s, v) => s + v, 0) / 3;
    [0.124483, -0.078242, -0.046241].forEach((want, c) => expect(intercepts[c]! - mean).toBeCloseTo(want, 3));
  });

  it('two classes: the difference of both rows is the binary model at twice the C', () => {
    // Labels: spam 0 2 4 7 are 1. C = 5 here is C = 10 there.
    const weights = trainLogistic(examples('101010010'), {features: 11, classes: 2, C: 5});
    const want = [
      -0.914102, 1.12206, 2.004165, -0.877064, -1.134816, 1.486765, 1.710502, -0.719951, -1.073045,
    ];
    want.forEach((value, i) => expect(weights[12 + i]! - weights[i]!).toBeCloseTo(value, 3));
    expect(weights[23]! - weights[11]!).toBeCloseTo(-0.320515, 3);
  });
});

describe('as a classifier', () => {
  it('learns 3,000 mails, and is deterministic', () => {
    const random = seededRandom('mails');
    const word = (topic: number): string =>
      random.next() < 0.3 ? `t${topic}w${random.below(60)}` : `w${random.below(4000)}`;
    const rows = Array.from({length: 3000}, (_, i) => ({
      label: i % 6 === 0 ? 'spam' : 'ham',
      text: Array.from({length: 120}, () => word(i % 6 === 0 ? 1 : 0)).join(' '),
    }));
    const classifier = trainBagOfWords(rows);
    const right = rows.filter((row) => classifier.predict(row.text) === row.label).length;
    expect(right / rows.length).toBeGreaterThan(0.99);
    const again = trainBagOfWords(rows.slice(0, 200));
    expect(trainBagOfWords(rows.slice(0, 200)).predict(rows[7]!.text)).toBe(again.predict(rows[7]!.text));
  });
  it('needs two labels', () =>
    expect(() => trainBagOfWords([{text: 'x', label: 'ham'}])).toThrow(RangeError));
});

describe('majority', () => {
  it('the most frequent label, ties by name', () => {
    expect(majorityLabel(['ham', 'spam', 'ham'])).toBe('ham');
    expect(majorityLabel(['spam', 'ham'])).toBe('ham');
    expect(() => majorityLabel([])).toThrow(RangeError);
  });
});

describe('L-BFGS', () => {
  it('finds the minimum of an ill-conditioned bowl', () => {
    const x = minimise((p, g) => {
      g[0] = 2 * (p[0]! - 3);
      g[1] = 2000 * (p[1]! + 1);
      return (p[0]! - 3) ** 2 + 1000 * (p[1]! + 1) ** 2;
    }, new Float64Array(2));
    expect(x[0]).toBeCloseTo(3, 5);
    expect(x[1]).toBeCloseTo(-1, 5);
  });
});
