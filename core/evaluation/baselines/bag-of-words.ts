import {minimise} from './lbfgs.ts';
import {tfIdf, type SparseVector} from './tf-idf.ts';

export interface LabelledText {
  readonly text: string;
  readonly label: string;
}

export interface TextClassifier {
  readonly labels: readonly string[];
  predict(text: string): string;
}

/**
 * What a language model must beat to be worth its price: multinomial logistic regression on TF-IDF unigrams, L2 penalty
 * 1 / (2C)·‖w‖² without the intercept, classes weighted evenly (scikit-learn's LogisticRegression(C, class_weight =
 * 'balanced') on TfidfVectorizer(sublinear_tf, min_df = 2)). Deterministic. Throws RangeError with fewer than two labels.
 */
export function trainBagOfWords(rows: readonly LabelledText[], {C = 10} = {}): TextClassifier {
  const labels = [...new Set(rows.map((row) => row.label))].sort();
  if (labels.length < 2)
    throw new RangeError(`bag of words: expected two labels, got ${labels.join() || 'none'}`);
  const features = tfIdf(rows.map((row) => row.text));
  const examples = rows.map((row) => ({
    vector: features.vector(row.text),
    label: labels.indexOf(row.label),
  }));
  const weights = trainLogistic(examples, {features: features.words, classes: labels.length, C});
  return {
    labels,
    predict(text) {
      const scores = scoresOf(features.vector(text), weights, features.words, labels.length);
      return labels[scores.indexOf(Math.max(...scores))]!;
    },
  };
}

export interface Example {
  readonly vector: SparseVector;
  readonly label: number;
}

/** Weights, class after class: `features` of them, then the intercept. */
export function trainLogistic(
  examples: readonly Example[],
  {features, classes, C}: {readonly features: number; readonly classes: number; readonly C: number},
): Float64Array {
  const counts = new Array<number>(classes).fill(0);
  for (const {label} of examples) counts[label]!++;
  const weightOf = counts.map((count) => examples.length / (classes * count));
  const width = features + 1;
  const {starts, indices, values} = compressed(examples);
  const scores = new Float64Array(classes);
  return minimise(
    (w, gradient) => {
      let loss = 0;
      for (let at = 0; at < w.length; at++) {
        const isIntercept = at % width === features;
        loss += isIntercept ? 0 : (w[at]! * w[at]!) / (2 * C);
        gradient[at] = isIntercept ? 0 : w[at]! / C;
      }
      for (let e = 0; e < examples.length; e++) {
        const label = examples[e]!.label;
        const from = starts[e]!;
        const to = starts[e + 1]!;
        for (let c = 0; c < classes; c++) {
          let score = w[c * width + features]!;
          for (let k = from; k < to; k++) score += w[c * width + indices[k]!]! * values[k]!;
          scores[c] = score;
        }
        const largest = scores.reduce((a, b) => Math.max(a, b));
        const total = scores.reduce((sum, score) => sum + Math.exp(score - largest), 0);
        loss += weightOf[label]! * (Math.log(total) + largest - scores[label]!);
        for (let c = 0; c < classes; c++) {
          const residual =
            weightOf[label]! * (Math.exp(scores[c]! - largest) / total - (c === label ? 1 : 0));
          for (let k = from; k < to; k++) gradient[c * width + indices[k]!]! += residual * values[k]!;
          gradient[c * width + features]! += residual;
        }
      }
      return loss;
    },
    new Float64Array(classes * width),
  );
}

/** All vectors one after another: the example e's entries are starts[e] … starts[e + 1]. */
function compressed(examples: readonly Example[]) {
  const size = examples.reduce((sum, {vector}) => sum + vector.length, 0);
  const starts = new Int32Array(examples.length + 1);
  const indices = new Int32Array(size);
  const values = new Float64Array(size);
  let at = 0;
  examples.forEach(({vector}, e) => {
    for (const [index, value] of vector) {
      indices[at] = index;
      values[at++] = value;
    }
    starts[e + 1] = at;
  });
  return {starts, indices, values};
}

function scoresOf(vector: SparseVector, w: Float64Array, features: number, classes: number): number[] {
  const width = features + 1;
  return Array.from({length: classes}, (_, c) =>
    vector.reduce((score, [i, value]) => score + w[c * width + i]! * value, w[c * width + features]!),
  );
}
