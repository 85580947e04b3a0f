/** Full jitter: 0 to 2^attempt × 2 ms, at most 250 ms. */
export function backOff(attempt: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(250, 2 * 2 ** attempt)));
}
