import type {Random} from '../evaluation/statistics/random.ts';

/**
 * Energy distance of two samples of vectors (Székely and Rizzo 2013), cosine-normalised, as the coefficient
 * H = (2·E|X−Y| − E|X−X′| − E|Y−Y′|) / (2·E|X−Y|), 0 where both are drawn alike, at most 1. `effect` is √H of the unbiased
 * estimate (0 where that is negative), so it doesn't grow as windows shrink. p by permutation of the pooled sample.
 * Vectors of length 0 (empty texts) stay where they are. O(n²) memory: 1,000 vectors take 8 MB.
 */
export function energyDistance(
  a: readonly Float32Array[],
  b: readonly Float32Array[],
  permutations: number,
  random: Random,
): {readonly effect: number; readonly p: number} {
  if (a.length < 2 || b.length < 2)
    throw new RangeError('energyDistance: expected two vectors at least in each');
  const pooled = [...a, ...b].map(normalised);
  const n = pooled.length;
  const distance = distances(pooled);
  const order = Array.from({length: n}, (_, i) => i);
  const observed = energy(distance, n, order, a.length);
  let extreme = 0;
  for (let i = 0; i < permutations; i++) {
    random.shuffle(order);
    if (energy(distance, n, order, a.length).energy >= observed.energy - 1e-12) extreme++;
  }
  return {
    effect: Math.sqrt(Math.max(0, observed.energy) / Math.max(2 * observed.between, 1e-12)),
    p: (1 + extreme) / (1 + permutations),
  };
}

/** The first `split` of `order` are one sample, the rest the other. */
function energy(distance: Float64Array, n: number, order: readonly number[], split: number) {
  let [first, second, between] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const row = order[i]! * n;
    for (let j = i + 1; j < n; j++) {
      const d = distance[row + order[j]!]!;
      if (j < split) first += d;
      else if (i >= split) second += d;
      else between += d;
    }
  }
  const rest = n - split;
  const mean = between / (split * rest);
  const pairs = (size: number): number => (size * (size - 1)) / 2;
  return {energy: 2 * mean - first / pairs(split) - second / pairs(rest), between: mean};
}

function distances(vectors: readonly Float32Array[]): Float64Array {
  const n = vectors.length;
  const all = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const [x, y] = [vectors[i]!, vectors[j]!];
      let sum = 0;
      for (let k = 0; k < x.length; k++) sum += (x[k]! - y[k]!) ** 2;
      all[i * n + j] = all[j * n + i] = Math.sqrt(sum);
    }
  }
  return all;
}

function normalised(vector: Float32Array): Float32Array {
  const norm = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  return norm === 0 ? vector : vector.map((x) => x / norm);
}
