/** Value and gradient of a smooth function; the gradient is written into the given array. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

/**
 * Minimum of a smooth convex function by limited-memory BFGS with a backtracking line search (Nocedal and Wright 2006,
 * algorithms 7.4 and 3.1). Deterministic. Stops where the largest gradient component is below `tolerance`, or after
 * `iterations`.
 */
export function minimise(
  objective: Objective,
  start: Float64Array,
  {memory = 10, iterations = 200, tolerance = 1e-4} = {},
): Float64Array {
  let x = Float64Array.from(start);
  let gradient = new Float64Array(x.length);
  let value = objective(x, gradient);
  const pairs: {s: Float64Array; y: Float64Array; rho: number}[] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    if (gradient.every((g) => Math.abs(g) < tolerance)) break;
    const direction = descent(gradient, pairs);
    const slope = dot(gradient, direction);
    let step = pairs.length === 0 ? 1 / Math.max(1, Math.sqrt(dot(gradient, gradient))) : 1;
    let next = x;
    let nextGradient = gradient;
    let nextValue = value;
    for (; step > 1e-12; step /= 2) {
      next = x.map((v, i) => v + step * direction[i]!);
      nextGradient = new Float64Array(x.length);
      nextValue = objective(next, nextGradient);
      if (nextValue <= value + 1e-4 * step * slope) break;
    }
    if (!(nextValue < value)) break;
    const s = next.map((v, i) => v - x[i]!);
    const y = nextGradient.map((g, i) => g - gradient[i]!);
    const curvature = dot(s, y);
    if (curvature > 1e-12) {
      pairs.push({s, y, rho: 1 / curvature});
      if (pairs.length > memory) pairs.shift();
    }
    x = next;
    gradient = nextGradient;
    value = nextValue;
  }
  return x;
}

/** −H·g by the two-loop recursion. */
function descent(
  gradient: Float64Array,
  pairs: readonly {s: Float64Array; y: Float64Array; rho: number}[],
): Float64Array {
  const q = gradient.map((g) => -g);
  const alphas: number[] = [];
  for (const {s, y, rho} of [...pairs].reverse()) {
    const alpha = rho * dot(s, q);
    alphas.unshift(alpha);
    for (let i = 0; i < q.length; i++) q[i]! -= alpha * y[i]!;
  }
  const last = pairs.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let i = 0; i < q.length; i++) q[i]! *= scale;
  }
  pairs.forEach(({s, y, rho}, k) => {
    const beta = rho * dot(y, q);
    for (let i = 0; i < q.length; i++) q[i]! += (alphas[k]! - beta) * s[i]!;
  });
  return q;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
