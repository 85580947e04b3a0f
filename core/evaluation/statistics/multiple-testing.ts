/** Adjusted p values, in the order given: reject where the adjusted p ≤ α. */

/** Holm 1979: controls the chance of any false alarm. */
export function holm(p: readonly number[]): number[] {
  const order = ascending(p);
  const adjusted = new Array<number>(p.length).fill(1);
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (p.length - rank) * p[index]!));
    adjusted[index] = largest;
  });
  return adjusted;
}

/** Benjamini and Hochberg 1995: controls the share of false alarms among the alarms. */
export function benjaminiHochberg(p: readonly number[]): number[] {
  const order = ascending(p);
  const adjusted = new Array<number>(p.length).fill(1);
  let smallest = 1;
  for (let rank = order.length - 1; rank >= 0; rank--) {
    const index = order[rank]!;
    smallest = Math.min(smallest, (p[index]! * p.length) / (rank + 1));
    adjusted[index] = smallest;
  }
  return adjusted;
}

function ascending(p: readonly number[]): number[] {
  for (const value of p) {
    if (!(value >= 0 && value <= 1)) throw new RangeError(`expected p values in [0, 1], got ${value}`);
  }
  return p.map((_, index) => index).sort((a, b) => p[a]! - p[b]! || a - b);
}
