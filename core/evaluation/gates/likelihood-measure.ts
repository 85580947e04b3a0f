import {bettingBounds, unitsToShow} from '../statistics/betting.ts';
import type {Bounds} from '../statistics/bounds.ts';
import {clusteredRatio} from '../statistics/clustered.ts';
import {clusterUnits} from '../statistics/cluster-units.ts';
import {detectableByBound} from '../statistics/power.ts';
import {boundedDifference, smallestOfDifferences} from './bounded-difference.ts';
import type {Measure, Pair, Scored} from './measure.ts';

/**
 * What one text counts for at most. A likelihood has no end, and no bound holds for a mean without one: a single text in a
 * hundred that went to nonsense could cost more than all others. So a difference beyond `difference` counts as that much,
 * and a text that costs more than `text` as that. The latter is what knowing nothing costs: a uniform guess among 2^18
 * tokens, more than any vocabulary of today has, or among 256 bytes. Nats a token, bits a byte.
 */
export const LIKELIHOOD_ENDS = {
  token: {difference: 1, text: 18 * Math.LN2},
  byte: {difference: 0.5, text: 8},
} as const;

/**
 * Perplexity or bits per byte: `values` is [NLL in nats, tokens or bytes]. A ratio of sums, so long items weigh more.
 * The difference is of the mean NLL a unit: for perplexity its natural logarithm, so a margin of .05 lets the perplexity
 * grow by 5 % (e^.05); for bits per byte it is in bits. Bounds by betting over clusters, within LIKELIHOOD_ENDS.
 */
export function likelihoodMeasure(unit: 'token' | 'byte'): Measure {
  const scale = unit === 'byte' ? 1 / Math.LN2 : 1;
  const ends = LIKELIHOOD_ENDS[unit];
  const show = (cost: number): number => (unit === 'byte' ? cost : Math.exp(cost));
  const hide = (shown: number): number => (unit === 'byte' ? shown : Math.log(Math.max(0, shown)));
  /** Cost a unit of the items, in nats or bits, with its standard error; the value is not cut. */
  const cost = (items: readonly Scored[]): Bounds & {readonly standardError: number} => {
    const sizes = items.map((item) => item.values[1]!);
    const clusters = items.map((item) => item.cluster);
    const {value, standardError} = clusteredRatio(
      items.map((item) => item.values[0]! * scale),
      sizes,
      clusters,
    );
    const each = items.map((item) => Math.min(ends.text, (item.values[0]! * scale) / item.values[1]!));
    const bounds = bettingBounds(clusterUnits(each, clusters, sizes), [0, ends.text], items.length);
    return {...withValue(bounds, value), standardError};
  };
  return {
    better: 'lower',
    reach: [-ends.difference, ends.difference],
    method: {single: 'betting over clusters', paired: 'betting over clusters'},
    single: (items) => {
      const bounds = cost(items);
      const shown = (['value', 'low', 'high', 'lower', 'upper'] as const).map((key) => [
        key,
        show(bounds[key]),
      ]);
      return {...(Object.fromEntries(shown) as Omit<Bounds, 'n'>), n: bounds.n};
    },
    // By the error of the mean NLL, whose spread does not grow with the limit as the perplexity's does.
    detectable: (items, {test, limit}) => {
      const line = hide(limit);
      const effect = detectableByBound(cost(items), {test, limit: line}, [0, ends.text]);
      return effect === null
        ? null
        : Math.abs(show(test === 'at-least' ? line + effect : line - effect) - limit);
    },
    difference: (pairs) => {
      const sizes = pairs.map((pair) => pair.candidate[1]!);
      const clusters = pairs.map((pair) => pair.cluster);
      const gains = pairs.map(
        (pair) => ((pair.stable[0]! - pair.candidate[0]!) * scale) / pair.candidate[1]!,
      );
      const {value} = clusteredRatio(
        gains.map((gain, i) => gain * sizes[i]!),
        sizes,
        clusters,
      );
      const cut = gains.map((gain) => Math.min(ends.difference, Math.max(-ends.difference, gain)));
      const bounded = boundedDifference(cut, clusters, ends.difference, sizes);
      return {...withValue(bounded, value), standardError: bounded.standardError};
    },
    worst: ([nll, size], where) => {
      const most = where === 'alone' ? ends.text * size! : nll! * scale + ends.difference * size!;
      return [most / scale, size!];
    },
    smallest: (line) => {
      if (!('limit' in line)) return smallestOfDifferences(line, ends.difference);
      const scaled = hide(line.limit) / ends.text;
      return line.test === 'at-least' ? unitsToShow(1, scaled) : unitsToShow(1, 1 - scaled);
    },
    objection: (pairs) => {
      const other = pairs.find((pair: Pair) => pair.candidate[1] !== pair.stable[1]);
      return other === undefined
        ? null
        : `${other.item} has ${other.candidate[1]} ${unit}s for the candidate and ${other.stable[1]} for stable: their tokenisers differ, so compare bits per byte`;
    },
  };
}

/** The bounds of what was cut, around what was measured: each reaches as far as the figure itself, where that lies beyond. */
function withValue(bounds: Bounds, value: number): Bounds {
  const {n, low, high, lower, upper} = bounds;
  return {
    value,
    n,
    low: Math.min(low, value),
    high: Math.max(high, value),
    lower: Math.min(lower, value),
    upper: Math.max(upper, value),
  };
}
