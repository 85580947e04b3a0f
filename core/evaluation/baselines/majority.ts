/** The label most rows have; of several the first by name. Throws RangeError without rows. */
export function majorityLabel(labels: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const [first] = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  if (!first) throw new RangeError('majorityLabel: expected at least one row');
  return first[0];
}
