/** One classified item: what it is and what it was called. */
export interface Labelled {
  readonly expected: string;
  readonly predicted: string;
}

/** Share of items called what they are, 0 … 1. Throws RangeError without items. */
export function accuracy(items: readonly Labelled[]): number {
  if (items.length === 0) throw new RangeError('accuracy: expected at least one item');
  return items.filter((item) => item.expected === item.predicted).length / items.length;
}

/** Class → {right, n}, for every class that some item is of, in the order of their names. */
export function recalls(
  items: readonly Labelled[],
): Map<string, {readonly right: number; readonly n: number}> {
  const counts = new Map<string, {right: number; n: number}>();
  for (const label of [...new Set(items.map((item) => item.expected))].sort()) {
    counts.set(label, {right: 0, n: 0});
  }
  for (const item of items) {
    const count = counts.get(item.expected)!;
    count.n++;
    if (item.expected === item.predicted) count.right++;
  }
  return counts;
}

/**
 * Mean of the classes' recalls (scikit-learn's balanced_accuracy_score): always answering the majority scores 1 / K.
 * Throws RangeError without items.
 */
export function balancedAccuracy(items: readonly Labelled[]): number {
  const classes = [...recalls(items).values()];
  if (classes.length === 0) throw new RangeError('balancedAccuracy: expected at least one item');
  return classes.reduce((sum, {right, n}) => sum + right / n, 0) / classes.length;
}

/** expected → predicted → count; every label has a row and a column, 0 where there was none. */
export function confusion(items: readonly Labelled[]): Map<string, Map<string, number>> {
  const labels = [...new Set(items.flatMap((item) => [item.expected, item.predicted]))].sort();
  const table = new Map(labels.map((row) => [row, new Map(labels.map((column) => [column, 0]))]));
  for (const {expected, predicted} of items) {
    const row = table.get(expected)!;
    row.set(predicted, row.get(predicted)! + 1);
  }
  return table;
}
