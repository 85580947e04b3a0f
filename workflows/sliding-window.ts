/** Runs `work(0 … count − 1)` with at most `window` at once; results in order. The first failure ends it. */
export async function slidingWindow<T>(
  window: number,
  count: number,
  work: (index: number) => Promise<T>,
): Promise<T[]> {
  const results = new Array<T>(count);
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const index = next++;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({length: Math.min(window, count)}, lane));
  return results;
}
