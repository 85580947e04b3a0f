import {clusteredRatio, type ClusteredEstimate} from '../statistics/clustered.ts';
import {detectableByError} from '../statistics/power.ts';
import {tBounds, type Bounds} from '../statistics/t-interval.ts';
import {differenceOf} from './difference-of.ts';
import type {Measure, Pair, Scored} from './measure.ts';

/**
 * Perplexity or bits per byte: `values` is [NLL in nats, tokens or bytes]. A ratio of sums, so long items weigh more.
 * The difference is of the mean NLL a unit: for perplexity its natural logarithm, so a margin of .05 lets the perplexity
 * grow by 5 % (e^.05); for bits per byte it is in bits.
 */
export function likelihoodMeasure(unit: 'token' | 'byte'): Measure {
  const scale = unit === 'byte' ? 1 / Math.LN2 : 1;
  // No text is likelier than certain: an interval of few items does not reach below 0 nats.
  const show = (nats: number): number =>
    unit === 'byte' ? Math.max(0, nats) * scale : Math.exp(Math.max(0, nats));
  const nats = (items: readonly Scored[]): ClusteredEstimate =>
    clusteredRatio(
      items.map((item) => item.values[0]!),
      items.map((item) => item.values[1]!),
      items.map((item) => item.cluster),
    );
  return {
    better: 'lower',
    reach: [-Infinity, Infinity],
    single: (items) => {
      const bounds = tBounds(nats(items));
      const shown = (['value', 'low', 'high', 'lower', 'upper'] as const).map((key) => [
        key,
        show(bounds[key]),
      ]);
      return {...(Object.fromEntries(shown) as Omit<Bounds, 'n'>), n: bounds.n};
    },
    // By the error of the mean NLL, whose spread does not grow with the limit as the perplexity's does.
    detectable: (items, {test, limit}) => {
      const line = unit === 'byte' ? limit / scale : Math.log(Math.max(0, limit));
      const effect = detectableByError(nats(items), {test, limit: line}, [0, Infinity]);
      return effect === null
        ? null
        : Math.abs(show(test === 'at-least' ? line + effect : line - effect) - limit);
    },
    difference: (pairs) => {
      const change = clusteredRatio(
        pairs.map((pair) => (pair.stable[0]! - pair.candidate[0]!) * scale),
        pairs.map((pair) => pair.candidate[1]!),
        pairs.map((pair) => pair.cluster),
      );
      // The same weights give every text the same likelihood. One that was not asked could then differ by as much as the
      // least likely one costs at all.
      const sides = pairs.flatMap(({candidate, stable}) => [candidate, stable]);
      const most =
        change.standardError === 0
          ? scale * Math.max(...sides.map(([nll, units]) => nll! / units!))
          : Infinity;
      return differenceOf(change, [-most, most]);
    },
    objection: (pairs) => {
      const other = pairs.find((pair: Pair) => pair.candidate[1] !== pair.stable[1]);
      return other === undefined
        ? null
        : `${other.item} has ${other.candidate[1]} ${unit}s for the candidate and ${other.stable[1]} for stable: their tokenisers differ, so compare bits per byte`;
    },
  };
}
