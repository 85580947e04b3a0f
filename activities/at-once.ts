/**
 * Results in the order of `items`, at most `n` under way. After the first that fails no other is begun, and it rejects with that
 * once those under way have ended: what they were paid for is kept.
 */
export async function mapAtOnce<T, R>(
  items: readonly T[],
  n: number,
  each: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const failures: unknown[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await each(items[index]!, index);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({length: Math.min(n, items.length)}, work));
  if (failures.length > 0) throw failures[0];
  return results;
}
