import {balancedMeasure} from '../gates/balanced-measure.ts';
import {rateMeasure} from '../gates/rate-measure.ts';
import {classMetric} from './class-metric.ts';

/** Mean of the classes' recalls: always answering the majority scores 1 / K. */
export const balancedAccuracy = classMetric({
  name: 'balanced_accuracy',
  label: 'Balanced accuracy',
  sliced: true,
  headline: true,
  measure: balancedMeasure,
});

export const accuracy = classMetric({
  name: 'accuracy',
  label: 'Accuracy',
  sliced: true,
  measure: () => rateMeasure(),
});

/** Share of a class's items that are answered with it. */
export const recallOf = (label: string) =>
  classMetric({
    name: `recall_${label}`,
    label: `Recall of ${label}`,
    measure: () => rateMeasure(),
    only: label,
  });
