import {corpusMeasure} from '../gates/corpus-measure.ts';
import {classMetric} from './class-metric.ts';

/** Of each label: right answers, answers with it, items of it. */
const COUNTS = ['right', 'answers', 'items'] as const;

/**
 * Mean over the labels of F1 = 2 · right / (answers + items), as scikit-learn's `f1_score(average="macro")`: unlike balanced
 * accuracy it sees what is called a label without being it. A label without items leaves no figure.
 */
export const macroF1 = classMetric({
  name: 'macro_f1',
  label: 'Macro F1',
  scores: (labels) => labels.flatMap((_, k) => COUNTS.map((count) => `f1_${count}_${k}`)),
  score: (answer, label, labels) =>
    labels.flatMap((one) => [
      answer === one && label === one ? 1 : 0,
      answer === one ? 1 : 0,
      label === one ? 1 : 0,
    ]),
  measure: (labels) => ({
    ...corpusMeasure({
      width: 3 * labels.length,
      range: [0, 1],
      score: (counts) => meanF1(counts, labels.length),
      // No answer is right. All are: as many answers with a label as items of it.
      worst: (counts) => counts.map((count, i) => (i % 3 === 0 ? 0 : count)),
      best: (counts) => counts.map((_, i) => counts[i - (i % 3) + 2]!),
    }),
    lack: (items) => {
      const there = new Set(items.map(({stratum}) => stratum));
      const missing = labels.filter((label) => !there.has(label));
      return missing.length === 0 ? null : `no item of ${missing.join(', ')}`;
    },
  }),
});

function meanF1(counts: readonly number[], labels: number): number {
  let sum = 0;
  for (let k = 0; k < labels; k++) {
    const [right, answers, items] = counts.slice(3 * k, 3 * k + 3) as [number, number, number];
    sum += answers + items === 0 ? 0 : (2 * right) / (answers + items);
  }
  return sum / labels;
}
