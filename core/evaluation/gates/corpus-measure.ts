import {groupBy} from '../group.ts';
import {ONE_SIDED, intervalsBy, unknownBounds, type Bounds} from '../statistics/bounds.ts';
import {sortedQuantile} from '../statistics/quantile.ts';
import {unitSize} from '../statistics/cluster-units.ts';
import {detectableByBound} from '../statistics/power.ts';
import {seededRandom} from '../statistics/random.ts';
import type {Line, Measure} from './measure.ts';

const RESAMPLES = 1000;

/** A figure of the whole corpus that is no mean of items (corpus BLEU, chrF), made of counts that add up. */
export interface CorpusScore {
  /** Of the summed counts. */
  readonly score: (summed: readonly number[]) => number;
  /** Counts of an item. */
  readonly width: number;
  /** The least and the most that the score can be. */
  readonly range: readonly [number, number];
  /** The counts of texts such as these, had they been answered as badly, or as well, as can be. */
  readonly worst: (summed: readonly number[]) => number[];
  readonly best: (summed: readonly number[]) => number[];
}

/**
 * A corpus figure and the paired difference of two: `values` are an item's counts. Bounds by the Bayesian bootstrap over
 * clusters (Rubin 1981: weights from a flat Dirichlet), from a fixed seed, with one cluster more that was not seen: for the
 * lower bound the candidate answered it as badly as can be and stable perfectly, for the upper bound the other way round.
 * Of a mean this is the bound of Gaffke (2005), which of right and wrong answers is the exact binomial one; of a figure
 * that is no mean nothing is proven, and the simulations of docs/statistics.md say what it holds.
 */
export function corpusMeasure({score, width, range, worst, best}: CorpusScore): Measure {
  const reach = [range[0] - range[1], range[1] - range[0]] as const;
  const alone = (items: readonly {readonly cluster: string; readonly values: readonly number[]}[]) =>
    bootstrap(items, width, score, (summed) => ({bad: worst(summed), good: best(summed)}), range);
  const method = 'Bayesian bootstrap over clusters with an unseen worst one';
  return {
    better: 'higher',
    reach,
    method: {single: method, paired: method},
    single: (items) => alone(items),
    detectable: (items, limit) => detectableByBound(alone(items), limit, range),
    difference: (pairs) =>
      bootstrap(
        pairs.map(({cluster, candidate, stable}) => ({cluster, values: [...candidate, ...stable]})),
        2 * width,
        (summed) => score(summed.slice(0, width)) - score(summed.slice(width)),
        (summed) => {
          const [ours, theirs] = [summed.slice(0, width), summed.slice(width)];
          return {bad: [...worst(ours), ...best(theirs)], good: [...best(ours), ...worst(theirs)]};
        },
        reach,
      ),
    worst: (like) => worst(like),
    smallest: (line) => {
      const [gap, most] = roomOf(line, range);
      if (!(gap > 0)) return Infinity;
      return gap >= most ? 1 : Math.ceil(Math.log(ONE_SIDED) / Math.log(1 - gap / most) - 1e-9);
    },
  };
}

/** How far faultless answers are from the line, and how far one cluster could take them the other way. */
function roomOf(line: Line, [least, most]: readonly [number, number]): readonly [number, number] {
  const width = most - least;
  if ('limit' in line) return [line.test === 'at-least' ? most - line.limit : line.limit - least, width];
  return line.test === 'superiority' ? [width - line.margin, 2 * width] : [line.margin, width];
}

type Unseen = (summed: readonly number[]) => {
  readonly bad: readonly number[];
  readonly good: readonly number[];
};

function bootstrap(
  items: readonly {readonly cluster: string; readonly values: readonly number[]}[],
  width: number,
  score: (summed: readonly number[]) => number,
  unseen: Unseen,
  [least, most]: readonly [number, number],
): Bounds & {readonly standardError: number} {
  const groups = [...groupBy(items, (item) => item.cluster)].sort(([a], [b]) => (a < b ? -1 : 1));
  const sums = groups.map(([, members]) => total(members, width));
  const all = total(items, width);
  const value = score(all);
  if (groups.length < 2) return {...unknownBounds(value, items.length), standardError: NaN};
  // A unit is as large as a large cluster, by its counts: who loses a long text loses more than one cluster's share.
  const sizes = sums.map((sum) => sum.reduce((size, count) => size + count, 0));
  const one = unitSize(sizes);
  const kept = sums.map((sum, c) => (sizes[c]! > one ? sum.map((count) => (count * one) / sizes[c]!) : sum));
  /** Beyond a unit, a cluster's outcome was seen once: it may have been any. */
  const beyond = all.map((count, i) => Math.max(0, count - kept.reduce((sum, of) => sum + of[i]!, 0)));
  const share = one / sizes.reduce((sum, size) => sum + size, 0);
  const [another, cut] = [unseen(all.map((count) => count * share)), unseen(beyond)];
  const random = seededRandom('corpus-measure');
  const drawn = {
    seen: new Float64Array(RESAMPLES),
    low: new Float64Array(RESAMPLES),
    high: new Float64Array(RESAMPLES),
  };
  for (let r = 0; r < RESAMPLES; r++) {
    const summed = new Array<number>(width).fill(0);
    for (const sum of kept) {
      const weight = -Math.log(1 - random.next());
      for (let i = 0; i < width; i++) summed[i]! += weight * sum[i]!;
    }
    const weight = -Math.log(1 - random.next());
    drawn.seen[r] = score(summed.map((count, i) => count + beyond[i]!));
    drawn.low[r] = score(summed.map((count, i) => count + weight * another.bad[i]! + cut.bad[i]!));
    drawn.high[r] = score(summed.map((count, i) => count + weight * another.good[i]! + cut.good[i]!));
  }
  const mean = drawn.seen.reduce((sum, v) => sum + v, 0) / RESAMPLES;
  const variance = drawn.seen.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (RESAMPLES - 1);
  drawn.low.sort();
  drawn.high.sort();
  const below = (error: number): number => Math.max(least, sortedQuantile(drawn.low, error));
  const above = (error: number): number => Math.min(most, sortedQuantile(drawn.high, 1 - error));
  return {
    value,
    ...intervalsBy(below, above),
    n: items.length,
    standardError: Math.sqrt(variance),
  };
}

function total(items: readonly {readonly values: readonly number[]}[], width: number): number[] {
  const sum = new Array<number>(width).fill(0);
  for (const {values} of items) for (let i = 0; i < width; i++) sum[i]! += values[i]!;
  return sum;
}
