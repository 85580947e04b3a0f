import type {Estimate} from '../../../schemas/artifact.ts';
import type {GateResult, GateSpec} from '../../../schemas/report.ts';
import {minimumDetectableEffect} from '../statistics/power.ts';
import {normalQuantile} from '../statistics/normal.ts';
import type {Bounds} from '../statistics/t-interval.ts';
import {figure} from './figure.ts';
import {
  isScored,
  type Difference,
  type Measure,
  type Observation,
  type Pair,
  type Scored,
} from './measure.ts';

/** What is known about a gate's metric when it is decided. */
export type Evidence =
  | {
      readonly status: 'measured';
      readonly measure: Measure;
      readonly candidate: readonly Observation[];
      readonly stable: readonly Observation[];
    }
  | {readonly status: 'not-measured'; readonly reason: string};

export interface DecideOptions {
  /** Items that may have failed to be scored before the gate is inconclusive, 0 … 1. */
  readonly maxErrorShare: number;
}

/**
 * A gate's verdict, a pure function of the samples; every decision is by a one-sided 95 % bound.
 *
 * | test | pass | fail |
 * |---|---|---|
 * | non-inferiority | lower bound of the difference > −margin | upper bound < −margin: shown to be worse |
 * | superiority | lower bound > margin | upper bound < margin: shown not to gain so much |
 * | at-least | lower bound of the candidate ≥ limit | upper bound < limit |
 * | at-most | upper bound of the candidate ≤ limit | lower bound > limit |
 *
 * Anything else is inconclusive: too few items, too many errors, not measured. A release against itself differs by
 * exactly 0, so it is never better; non-inferior it is where the items suffice for the margin.
 */
export function decideGate(spec: GateSpec, evidence: Evidence, options: DecideOptions): GateResult {
  const undecided = (reason: string, known: Partial<GateResult> = {}): GateResult => ({
    spec,
    verdict: 'inconclusive',
    reason,
    candidate: null,
    stable: null,
    difference: null,
    bound: null,
    minimumDetectable: null,
    ...known,
  });
  if (evidence.status === 'not-measured') return undecided(`not measured: ${evidence.reason}`);

  const {measure} = evidence;
  const paired = spec.test === 'non-inferiority' || spec.test === 'superiority';
  const scored = {
    candidate: evidence.candidate.filter(isScored),
    stable: evidence.stable.filter(isScored),
  };
  const figures = {
    candidate: estimateOf(measure, scored.candidate),
    stable: estimateOf(measure, scored.stable),
  };
  const asked = new Set([
    ...evidence.candidate.map((o) => o.item),
    ...(paired ? evidence.stable.map((o) => o.item) : []),
  ]).size;
  const where = spec.slice === undefined ? '' : ` in slice ${spec.slice}`;
  if (asked === 0) return undecided(`not measured: no item${where}`);

  const pairs = paired ? pairUp(scored.candidate, scored.stable) : [];
  const usable = paired ? pairs.length : scored.candidate.length;
  const errors = asked - usable;
  if (errors / asked > options.maxErrorShare) {
    return undecided(
      `${errors} of ${asked} items could not be scored, at most ${figure(100 * options.maxErrorShare)} % may fail`,
      figures,
    );
  }
  if (usable === 0) return undecided(`no item${where} could be scored`, figures);

  if (!paired) {
    if (spec.limit === undefined) return undecided(`${spec.test} needs a limit`, figures);
    return decideAlone(spec, spec.limit, measure.single(scored.candidate), figures);
  }
  const objection = measure.objection?.(pairs) ?? null;
  if (objection !== null) return undecided(objection, figures);
  const clusters = new Set(pairs.map((pair) => pair.cluster)).size;
  return decidePaired(spec, measure.difference(pairs), clusters, figures);
}

type Figures = Pick<GateResult, 'candidate' | 'stable'>;

function decidePaired(
  spec: GateSpec,
  difference: Difference,
  clusters: number,
  figures: Figures,
): GateResult {
  const line = spec.test === 'non-inferiority' ? -spec.margin : spec.margin;
  const {value, lower, upper, n, standardError, df} = difference;
  const known = !Number.isNaN(lower) && !Number.isNaN(upper);
  const verdict = !known ? 'inconclusive' : lower > line ? 'pass' : upper < line ? 'fail' : 'inconclusive';
  const bound = !known ? null : verdict === 'fail' ? upper : lower;
  const minimumDetectable = known && standardError > 0 ? minimumDetectableEffect(standardError, df) : null;
  const items = `${n} paired items in ${clusters} clusters`;
  const reason = !known
    ? `difference ${figure(value)}, its error unknown: ${items}, at least 2 clusters a class are needed`
    : verdict === 'fail'
      ? `difference ${figure(value)}, upper 95 % bound ${figure(upper)} < ${figure(line)} (${items})`
      : `difference ${figure(value)}, lower 95 % bound ${figure(lower)} ${verdict === 'pass' ? '>' : '≤'} ${figure(line)} (${items})`;
  return {spec, verdict, reason, ...figures, difference: asEstimate(difference), bound, minimumDetectable};
}

function decideAlone(spec: GateSpec, limit: number, single: Bounds, figures: Figures): GateResult {
  const {value, lower, upper, n} = single;
  const atLeast = spec.test === 'at-least';
  const passes = atLeast ? lower >= limit : upper <= limit;
  const fails = atLeast ? upper < limit : lower > limit;
  const verdict = passes ? 'pass' : fails ? 'fail' : 'inconclusive';
  const useUpper = atLeast === fails;
  const bound = useUpper ? upper : lower;
  const known = !Number.isNaN(bound);
  const sign = atLeast ? (passes ? '≥' : '<') : passes ? '≤' : '>';
  const reason = known
    ? `${figure(value)}, ${useUpper ? 'upper' : 'lower'} 95 % bound ${figure(bound)} ${sign} ${figure(limit)} (n = ${n})`
    : `${figure(value)}: ${n} items are too few for a 95 % bound`;
  const z = normalQuantile(0.95);
  const error = (upper - lower) / (2 * z);
  return {
    spec,
    verdict,
    reason,
    ...figures,
    difference: null,
    bound: known ? bound : null,
    minimumDetectable: error > 0 ? minimumDetectableEffect(error) : null,
  };
}

/** Items that both sides scored, in the candidate's order. Clusters and strata are the candidate's: they are the item's. */
export function pairUp(candidate: readonly Scored[], stable: readonly Scored[]): Pair[] {
  const others = new Map(stable.map((observation) => [observation.item, observation.values]));
  return candidate.flatMap(({item, cluster, stratum, values}) => {
    const other = others.get(item);
    return other === undefined ? [] : [{item, cluster, stratum, candidate: values, stable: other}];
  });
}

/** The figure of one release; null without items or where its interval cannot be known. */
export function estimateOf(measure: Measure, observations: readonly Observation[]): Estimate | null {
  const scored = observations.filter(isScored);
  return scored.length === 0 ? null : asEstimate(measure.single(scored));
}

function asEstimate({value, low, high, n}: Bounds): Estimate | null {
  return [value, low, high].every(Number.isFinite) ? {value, low, high, n} : null;
}
