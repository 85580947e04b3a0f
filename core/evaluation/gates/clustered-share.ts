import {clusterSums, effectiveClusters} from '../statistics/clustered.ts';
import {clopperPearson, type Interval} from '../statistics/proportion.ts';
import type {Line, Scored} from './measure.ts';

export interface ClusteredShare {
  readonly value: number;
  /** Two-sided 95 %. */
  readonly two: Interval;
  /** Two-sided 90 %: its ends are the one-sided 95 % bounds. */
  readonly one: Interval;
  /** Independent items that they are worth. */
  readonly worth: number;
}

/**
 * Share of items with score 1 (others 0), with exact intervals (Clopper and Pearson 1934) on the effective number of
 * clusters, (Σ size)² / Σ size²: as if the items of a cluster always went together. How far they really do cannot be seen
 * in few clusters, and an estimate of it lets a share at the limit pass too often.
 */
export function clusteredShare(items: readonly Scored[]): ClusteredShare {
  const value = items.reduce((sum, item) => sum + item.values[0]!, 0) / items.length;
  const worth = effectiveClusters(
    clusterSums(
      items.map(() => 1),
      items.map((item) => item.cluster),
    ),
  );
  const within = (confidence: number): Interval => clopperPearson(value * worth, worth, confidence);
  return {value, two: within(0.95), one: within(0.9), worth};
}

/** Items without a miss (or harm) that show a share of at least (at most) the limit, with error .05. */
export function smallestOfShare(line: Line & {readonly limit: number}): number {
  const least = line.test === 'at-least' ? line.limit : 1 - line.limit;
  if (least <= 0) return 1;
  return least >= 1 ? Infinity : Math.ceil(Math.log(0.05) / Math.log(least) - 1e-9);
}
