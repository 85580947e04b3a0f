import {ONE_SIDED, intervalsBy, unknownBounds, type Bounds} from './bounds.ts';
import {cutShare, type Unit} from './cluster-units.ts';

/** A bet risks at most this share of what was won so far, whatever the next unit is. */
const RISK = 0.9;

/**
 * Bounds of the mean of scores that lie in `range`, by betting (Waudby-Smith and Ramdas 2023, JRSS B 86:1, theorem 3 with the
 * predictable plug-in bets of their eq. 26 for a fixed sample size, truncated at .9; one-sided): who bets on every unit, in
 * turn, that it lies above m, with a stake that depends on the units before it alone, wins 20-fold once in 20 times at most
 * if the mean is m or less (Ville 1939). So the lower 95 % bound is the largest m at which he does, for any distribution
 * within the range and any number of units.
 *
 * A unit is a cluster, and bets on the sum of its items (`weight` of them, at most one unit's), so the bets hold for clusters
 * that are not alike: the largest of ∏ (1 + λ weight (mean − m)) over all means with Σ weight · mean = m Σ weight is at equal
 * factors, 1. Of those that is the capital at the end; on the way there, light units may all have come before the heavy ones
 * that lose, so where weights differ only the end counts. What the weights leave out of large clusters is taken to lie at the end of the range. `value` is the mean of
 * all items. NaN bounds with fewer than two units, or where the range has no end.
 */
export function bettingBounds(
  units: readonly Unit[],
  [least, most]: readonly [number, number],
  n: number,
): Bounds {
  const value = meanOf(units);
  if (units.length < 2 || !Number.isFinite(least) || !Number.isFinite(most)) return unknownBounds(value, n);
  if (least === most) return {value, low: value, high: value, lower: value, upper: value, n};
  const width = most - least;
  const scaled = units.map(({mean, weight}) => ({x: clamp((mean - least) / width), weight}));
  const mirrored = scaled.map(({x, weight}) => ({x: 1 - x, weight}));
  const kept = 1 - cutShare(units);
  const below = (error: number): number => least + width * kept * lowerBound(scaled, error);
  const above = (error: number): number => most - width * kept * lowerBound(mirrored, error);
  return {
    value,
    ...intervalsBy(below, above),
    n,
  };
}

/** A score in 0 … 1 and what it weighs, 0 … 1. */
interface Bet {
  readonly x: number;
  readonly weight: number;
}

/** The mean of scores in 0 … 1 is above this, but with probability `error`. */
export function lowerBound(scores: readonly Bet[], error: number): number {
  const stakes = stakesFor(scores, error);
  const alike = scores.every(({weight}) => weight === scores[0]!.weight);
  let [low, high] = [0, 1];
  for (let i = 0; i < 34; i++) {
    const middle = (low + high) / 2;
    if (wins(scores, stakes, middle, error, alike)) low = middle;
    else high = middle;
  }
  return low;
}

/** Units of the score `x`, all alike, that it takes to show a mean above `m` with error .05; Infinity where none do. */
export function unitsToShow(x: number, m: number): number {
  if (m <= 0) return 1;
  if (!(x > m)) return Infinity;
  const shows = (n: number): boolean => {
    const scores = new Array<Bet>(n).fill({x, weight: 1});
    return wins(scores, stakesFor(scores, ONE_SIDED), m, ONE_SIDED, true);
  };
  let high = 1;
  while (!shows(high)) if ((high *= 2) > MOST_UNITS) return Infinity;
  let low = high / 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (shows(middle)) high = middle;
    else low = middle;
  }
  return high;
}

const MOST_UNITS = 1 << 20;

/** What to bet on each unit, from those before it: √(2 ln(1/error) / (n · their variance)), with one made-up unit at ½ ± ½. */
function stakesFor(scores: readonly Bet[], error: number): Float64Array {
  const n = scores.length;
  const goal = 2 * Math.log(1 / error);
  const stakes = new Float64Array(n);
  let [total, sum] = [1, 0.5];
  let squares = scores.reduce((all, {weight}) => all + weight * weight, 0) / n / 4;
  scores.forEach(({x, weight}, i) => {
    stakes[i] = Math.sqrt((goal * (i + 1)) / (n * squares));
    total += weight;
    sum += weight * x;
    squares += (weight * (x - sum / total)) ** 2;
  });
  return stakes;
}

/**
 * Whether 1 grows to 1/error by betting that the mean is above m, at any time or in the end. It does for each smaller m, too.
 */
function wins(
  scores: readonly Bet[],
  stakes: Float64Array,
  m: number,
  error: number,
  atAnyTime: boolean,
): boolean {
  const goal = 1 / error;
  const largest = RISK / m;
  let capital = 1;
  for (let i = 0; i < scores.length; i++) {
    const {x, weight} = scores[i]!;
    capital *= 1 + Math.min(stakes[i]!, largest) * weight * (x - m);
    if (atAnyTime && capital >= goal) return true;
  }
  return capital >= goal;
}

function meanOf(units: readonly Unit[]): number {
  const total = units.reduce((sum, {size}) => sum + size, 0);
  return units.reduce((sum, {size, mean}) => sum + size * mean, 0) / total;
}

function clamp(x: number): number {
  return Math.min(1, Math.max(0, x));
}
