// @ts-check

/**
 * Whether a version is at least another, by its numbers: `v22.18.0` ≥ `22.18`, `3.9` < `3.11`.
 * What follows the numbers (`-rc1`, `+local`) is ignored; missing numbers are 0.
 * @param {string} version
 * @param {string} minimum
 */
export function isAtLeast(version, minimum) {
  const have = numbers(version);
  const want = numbers(minimum);
  for (let i = 0; i < Math.max(have.length, want.length); i += 1) {
    const difference = (have[i] ?? 0) - (want[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** @param {string} version */
function numbers(version) {
  const match = /^v?(\d+(?:\.\d+)*)/.exec(version.trim());
  if (match?.[1] === undefined) throw new RangeError(`not a version: ${JSON.stringify(version)}`);
  return match[1].split('.').map(Number);
}
