import type {GateResult} from '../../../schemas/report.ts';
import type {Metric} from '../catalog/metric.ts';
import {gateName, shown} from './wording.ts';
import type {ReportView} from './view.ts';

/** A limit so many times away from what was measured only stops a disaster. */
const FAR = 10;
/** A margin by which the perplexity may grow so much is wide: ln 1.5 = .41 nats. */
const WIDE = 1.5;

/**
 * Why a gate says less than its verdict sounds: its limit or margin is far from what was measured, or stable can hardly be
 * worse. Null where nothing of that is known.
 */
export function weakness(
  {spec, candidate, stable}: GateResult,
  view: Pick<ReportView, 'catalog' | 'currency'>,
): string | null {
  const metric = view.catalog.get(spec.metric);
  if (metric === undefined) return null;
  const say = (value: number): string => shown(value, metric.unit, view.currency);
  switch (spec.test) {
    case 'at-most':
    case 'at-least': {
      if (candidate === null || spec.limit === undefined || metric.unit === 'share') return null;
      const [small, large] =
        spec.test === 'at-most' ? [candidate.value, spec.limit] : [spec.limit, candidate.value];
      return small > 0 && large / small >= FAR
        ? `the limit is ${Math.round(large / small)} times away from what was measured, ${say(candidate.value)}: only a disaster would fail`
        : null;
    }
    case 'non-inferiority': {
      if (stable === null) return null;
      const room = roomBelow(metric, stable.value);
      if (room !== null && room <= spec.margin)
        return `stable is at ${say(stable.value)}, so no candidate can be worse by more than the margin: this gate cannot fail`;
      return metric.logarithm === 'nats' && Math.exp(spec.margin) >= WIDE
        ? `a perplexity of up to ${say(stable.value * Math.exp(spec.margin))} would do, where stable has ${say(stable.value)}`
        : null;
    }
    case 'superiority':
      return stable !== null && spec.margin === 0 && roomBelow(metric, stable.value) === 0
        ? `stable is at ${say(stable.value)}: anything at all is better`
        : null;
  }
}

/** How much worse than this a figure can be; null where there is no end. */
function roomBelow({unit, measure}: Metric, value: number): number | null {
  if (unit !== 'share' && unit !== 'points') return null;
  const top = unit === 'share' ? 1 : 100;
  return measure.better === 'higher' ? value : top - value;
}

/** `Latency of an answer, median: the limit is …`, of all gates that say little. */
export function weakGates(view: ReportView): string[] {
  return view.report.gates.flatMap((gate) => {
    const why = weakness(gate, view);
    return why === null ? [] : [`${gateName(gate.spec, view.catalog)}: ${why}.`];
  });
}
