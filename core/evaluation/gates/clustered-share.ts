import {clusterSums} from '../statistics/clustered.ts';
import type {Interval} from '../statistics/proportion.ts';
import {inverseIncompleteBeta} from '../statistics/special-functions.ts';
import type {Line, Scored} from './measure.ts';

export interface ClusteredShare {
  readonly value: number;
  /** Independent items that they are worth, where none of them is a 1, or all are. */
  readonly worth: number;
  /** Two-sided; of 90 % the ends are the one-sided 95 % bounds. */
  readonly within: (confidence: number) => Interval;
}

/** Of all items that one cluster holds, and its own share of 1s. */
interface Part {
  readonly size: number;
  readonly mean: number;
}

/**
 * Share of items with score 1 (others 0), as if the items of a cluster always went together: how far they really do cannot
 * be seen in few clusters, and an estimate of it lets a share at the limit pass too often. Where all clusters are of one
 * size the interval is the exact one of so many items (Clopper and Pearson 1934). Where they are not, it is that of as many as
 * the clusters with a 1 are worth, together with one more that was not seen, as Fay and Feuer (1997) take rates that weigh
 * differently: so a few large clusters that never went wrong do not count as many.
 */
export function clusteredShare(items: readonly Scored[]): ClusteredShare {
  const clusters = items.map((item) => item.cluster);
  const sizes = clusterSums(
    items.map(() => 1 / items.length),
    clusters,
  );
  const ones = clusterSums(
    items.map((item) => item.values[0]! / items.length),
    clusters,
  );
  const parts = sizes.map((size, c): Part => ({size, mean: Math.min(1, ones[c]! / size)}));
  const others = parts.map(({size, mean}): Part => ({size, mean: 1 - mean}));
  return {
    value: items.reduce((sum, item) => sum + item.values[0]!, 0) / items.length,
    worth: worthUnseen(sizes, 0.05),
    within: (confidence) => {
      const tail = (1 - confidence) / 2;
      return {low: 1 - highest(others, tail), high: highest(parts, tail)};
    },
  };
}

/**
 * What the share is below, but with probability `tail`: by the clusters with a 1, and one more that was not seen; and by those
 * with a 0, which may have been fewer. Of clusters of one size that is the same.
 */
function highest(parts: readonly Part[], tail: number): number {
  const sum = (of: (part: Part) => number): number => parts.reduce((all, part) => all + of(part), 0);
  const share = sum(({size, mean}) => size * mean);
  // Without a 0 there is nothing above it, whatever the sizes; sums of shares are 1 but for their rounding.
  if (share >= 1 - 1e-9) return 1;
  const unseen =
    1 /
    worthUnseen(
      parts.map(({size}) => size),
      tail,
    );
  const one = (sum(({size, mean}) => size * size * mean) + unseen * unseen) / (share + unseen);
  const others = (1 - share - unseen) / one + 1;
  if (others <= 1e-9) return 1;
  const byOnes = inverseIncompleteBeta(1 - tail, (share + unseen) / one, others);
  const zero = sum(({size, mean}) => size * size * (1 - mean)) / (1 - share);
  return Math.max(byOnes, 1 - inverseIncompleteBeta(tail, (1 - share) / zero, share / zero + 1));
}

/**
 * Independent items of which none is a 1 with probability `tail` at the same share of 1s as the largest of clusters of these
 * sizes: the most of Σ size · p with ∏ (1 − p) = tail is at size · (1 − p) = κ, of those larger than κ. Clusters of one size
 * are worth their number, and one that holds nearly all is worth one.
 */
function worthUnseen(sizes: readonly number[], tail: number): number {
  const descending = [...sizes].sort((a, b) => b - a);
  if (descending[0] === descending.at(-1)) return sizes.length;
  let [logs, held, share] = [Math.log(tail), 0, 0];
  for (const [i, size] of descending.entries()) {
    const next = Math.exp((logs + Math.log(size)) / (i + 1));
    if (next >= size) break;
    logs += Math.log(size);
    held += size;
    share = held - (i + 1) * next;
  }
  return Math.log(tail) / Math.log1p(-share);
}

/** Items without a miss (or harm) that show a share of at least (at most) the limit, with error .05. */
export function smallestOfShare(line: Line & {readonly limit: number}): number {
  const least = line.test === 'at-least' ? line.limit : 1 - line.limit;
  if (least <= 0) return 1;
  return least >= 1 ? Infinity : Math.ceil(Math.log(0.05) / Math.log(least) - 1e-9);
}
